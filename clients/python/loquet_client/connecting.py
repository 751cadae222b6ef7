"""A client of one controller, with a token."""

from urllib.parse import urlsplit

import httpx
from loquet_api import AuthenticatedClient

from loquet_client.again import Again, AsyncAgain

TIMEOUT_S = 30.0
_NEAR = frozenset({"127.0.0.1", "localhost", "::1"})


def connect(
    address: str, token: str, *, timeout_s: float = TIMEOUT_S, tries: int = 5
) -> AuthenticatedClient:
    """For synchronous and asynchronous calls alike, each tried `tries` times at most.

    Raises ValueError for `http` to another computer: a token goes nowhere in the clear.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _NEAR):
        raise ValueError(f"{address}: https is needed, or http on this computer")
    headers = {"Authorization": f"Bearer {token}"}
    client = AuthenticatedClient(base_url=address, token=token)
    common = {"base_url": address, "headers": headers, "timeout": timeout_s}
    client.set_httpx_client(httpx.Client(**common, transport=Again(tries)))  # type: ignore[arg-type]
    client.set_async_httpx_client(
        httpx.AsyncClient(**common, transport=AsyncAgain(tries))  # type: ignore[arg-type]
    )
    return client
