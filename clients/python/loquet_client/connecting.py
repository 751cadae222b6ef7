"""A client of one controller, with a token."""

import os
import ssl
from urllib.parse import urlsplit

import httpx
from loquet_api import AuthenticatedClient

from loquet_client.again import Again, AsyncAgain

TIMEOUT_S = 30.0
_NEAR = frozenset({"127.0.0.1", "localhost", "::1"})
PLACE_CA = "/var/lib/loquet-root/place-ca.crt"
"""Where `loquet setup` lays the place's authority, on a controller and on a box."""


def connect(
    address: str, token: str, *, ca: str | None = None, timeout_s: float = TIMEOUT_S, tries: int = 5
) -> AuthenticatedClient:
    """For synchronous and asynchronous calls alike, each tried `tries` times at most.

    `ca`: the file of the place's authority, where it is not known here already.

    Raises ValueError for `http` to another computer: a token goes nowhere in the clear.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _NEAR):
        raise ValueError(f"{address}: https is needed, or http on this computer")
    headers = {"Authorization": f"Bearer {token}"}
    client = AuthenticatedClient(base_url=address, token=token)
    trust = _trust(ca)
    common = {"base_url": address, "headers": headers, "timeout": timeout_s}
    again = Again(tries, httpx.HTTPTransport(verify=trust))
    client.set_httpx_client(httpx.Client(**common, transport=again))  # type: ignore[arg-type]
    later = AsyncAgain(tries, httpx.AsyncHTTPTransport(verify=trust))
    client.set_async_httpx_client(httpx.AsyncClient(**common, transport=later))  # type: ignore[arg-type]
    return client


def _trust(ca: str | None) -> ssl.SSLContext:
    """What httpx trusts, and the place's own authority."""
    trust = httpx.create_ssl_context()
    if ca is not None or os.access(PLACE_CA, os.R_OK):
        trust.load_verify_locations(ca or PLACE_CA)
    return trust
