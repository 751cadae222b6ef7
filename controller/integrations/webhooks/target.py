"""The address of a message, resolved once, and only to public addresses."""

import http.client
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from controller.kernel.open_internet import address_of, check_literal
from controller.kernel.total_timeout import TimedExchange, limit_time

TIMEOUT_S = 10.0
"""For connecting, and again for each read."""
POST_TIMEOUT_S = 20.0
"""Total timeout in seconds of a POST, up to the response's status."""
GET_TIMEOUT_S = 120.0
"""Total timeout in seconds of a GET with its response."""
MAX_BODY_BYTES = 20_000_000
"""Bytes of a response that are read at most."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address whose name has been resolved and checked."""

    url: SplitResult
    address: str

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a POST and return the status. Raises OSError, HTTPException."""
        path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
        with (
            limit_time(POST_TIMEOUT_S) as exchange,
            closing(self._connection(exchange)) as connection,
        ):
            connection.request("POST", path, body, headers)
            return connection.getresponse().status

    def get(self, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send a GET and return status and body.

        Raises OSError, HTTPException; ValueError for a body that is too long.
        """
        path = f"{self.url.path or '/'}?{self.url.query}"
        with (
            limit_time(GET_TIMEOUT_S) as exchange,
            closing(self._connection(exchange)) as connection,
        ):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise ValueError("the answer is too long")
        return answer.status, body

    def _connection(self, exchange: TimedExchange) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", _port(self.url)
        if self.url.scheme == "https":
            return _PinnedTls(host, port, self.address, exchange)
        return _Pinned(host, port, self.address, exchange)


class _Pinned(http.client.HTTPConnection):
    """Connects to the checked address without resolving the name again."""

    def __init__(self, host: str, port: int, address: str, exchange: TimedExchange) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address, self._exchange = address, exchange

    def connect(self) -> None:
        """Connect to the checked address."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        self._exchange.add(self.sock)


class _PinnedTls(http.client.HTTPSConnection):
    """Like `_Pinned`, over TLS; the certificate must be for the name."""

    def __init__(self, host: str, port: int, address: str, exchange: TimedExchange) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_S, context=self._tls)
        self._address, self._exchange = address, exchange

    def connect(self) -> None:
        """Connect to the checked address."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self._exchange.add(plain)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def resolve(url: str, *, allow_private: bool) -> Target:
    """Resolve the name. Raises NotAllowed, NotFound; ValueError for an invalid address."""
    parts = _parts(url)
    address = address_of(parts.hostname or "", _port(parts), allow_private=allow_private)
    return Target(parts, address)


def check(url: str, *, allow_private: bool) -> None:
    """Check an address without a DNS lookup. Raises NotAllowed; ValueError for an invalid one."""
    check_literal(_parts(url).hostname or "", allow_private=allow_private)


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("an address has a host: https://example.org/hook")
    _port(parts)
    return parts


def _port(parts: SplitResult) -> int:
    """Return the port of the address, else the default of its scheme.

    `http.client` would split an IPv6 address without a port at a colon. Raises ValueError.
    """
    return parts.port or {"https": 443, "http": 80}[parts.scheme]
