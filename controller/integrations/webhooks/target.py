"""Where a message may go: a name is resolved once, and only to addresses of the open internet."""

import http.client
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from controller.kernel.open_internet import address_of

TIMEOUT_S = 10.0
"""For connecting, and again for each read."""
LARGEST = 20_000_000
"""Bytes of an answer that is read."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was looked up and may be asked."""

    url: SplitResult
    address: str

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send, to this address; the status of the answer. Raises OSError, HTTPException."""
        connection = self._connection()
        try:
            path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def get(self, headers: dict[str, str]) -> tuple[int, bytes]:
        """Ask; status and answer. Raises OSError, HTTPException; ValueError for too long a one."""
        connection = self._connection()
        try:
            connection.request("GET", f"{self.url.path or '/'}?{self.url.query}", headers=headers)
            answer = connection.getresponse()
            body = answer.read(LARGEST + 1)
        finally:
            connection.close()
        if len(body) > LARGEST:
            raise ValueError("the answer is too long")
        return answer.status, body

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", self.url.port
        if self.url.scheme == "https":
            return _PinnedTls(host, port, self.address)
        return _Pinned(host, port, self.address)


class _Pinned(http.client.HTTPConnection):
    """Says one name and connects to the address that was judged: a name may change in between."""

    def __init__(self, host: str, port: int | None, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address = address

    def connect(self) -> None:
        """To the address."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedTls(http.client.HTTPSConnection):
    """The same, over TLS, whose certificate is for the name."""

    def __init__(self, host: str, port: int | None, address: str) -> None:
        self._ours = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_S, context=self._ours)
        self._address = address

    def connect(self) -> None:
        """To the address."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._ours.wrap_socket(plain, server_hostname=self.host)


def resolve(url: str, *, allow_private: bool) -> Target:
    """Look the name up. Raises NotAllowed, NotFound; ValueError for what is no address."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("an address has a host: https://example.org/hook")
    port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    address = address_of(parts.hostname, port, allow_private=allow_private)
    return Target(parts, address)
