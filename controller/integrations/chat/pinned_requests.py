"""`requests` for Apprise's notifiers, with each connection pinned to the address that was checked.

Exchanges are also limited in time and size.
"""

import re
import socket
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from controller.kernel.open_internet import NotAllowed, NotFound, address_of
from controller.kernel.total_timeout import TookTooLong, limit_time

TOTAL_TIMEOUT_S = 20.0
"""Total timeout of a request and its response, in seconds."""
MAX_RESPONSE_BYTES = 1_000_000
"""Maximum size of a response, unpacked."""
_FORCED_OPTIONS = {"stream": True, "allow_redirects": False}
_SHOWABLE = re.compile(
    "certificate verify failed: [^(]+|Connection refused|timed out|the answer is too long"
    "|[^ ]+ can't be looked up|an address of this computer or of a private network"
)
"""The parts of an error that may be shown; the rest may contain a token."""
_current = threading.local()
"""The current request of each thread; urllib3 can't pass it to new connections."""


class _Plain(HTTPConnection):
    """Resolves the name once, checks the resulting address, and connects to it."""

    allow_private = False

    def _new_conn(self) -> socket.socket:
        """Connect as urllib3 does; TLS still verifies the name."""
        name = self._dns_host
        try:
            self._dns_host = address_of(name, self.port, allow_private=self.allow_private)
            connection = super()._new_conn()
            _current.exchange.add(connection)
            return connection
        except (NotAllowed, NotFound) as problem:
            raise NewConnectionError(self, str(problem)) from problem
        finally:
            self._dns_host = name


class _Tls(_Plain, HTTPSConnection):
    """Like `_Plain`, over TLS."""


class _AnyPlain(_Plain):
    """Also connects to private addresses."""

    allow_private = True


class _AnyTls(_Tls):
    """Like `_AnyPlain`, over TLS."""

    allow_private = True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class _AnyPool(HTTPConnectionPool):
    ConnectionCls = _AnyPlain


class _AnyTlsPool(HTTPSConnectionPool):
    ConnectionCls = _AnyTls


class _Adapter(HTTPAdapter):
    def __init__(self, *, allow_private: bool) -> None:
        super().__init__()
        pools = (_AnyPool, _AnyTlsPool) if allow_private else (_Pool, _TlsPool)
        self.poolmanager.pool_classes_by_scheme = dict(zip(("http", "https"), pools, strict=True))


class PinnedRequests:
    """Replaces `requests` in a notifier's module, with the same functions."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def __getattr__(self, name: str) -> Any:
        """Return anything else of `requests`, such as exceptions and status codes."""
        return getattr(requests, name)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request like `requests.request`, without this computer's proxies and passwords,
        and without redirects.

        A redirected POST would become a GET, whose 200 does not mean that the message was sent.
        Raises what `requests` raises, also for a response that is too long or takes too long.
        """
        with requests.Session() as session:
            session.trust_env = False
            adapter = _Adapter(allow_private=self._allow_private)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            try:
                with limit_time(TOTAL_TIMEOUT_S) as _current.exchange:
                    answer = session.request(method, url, **{**options, **_FORCED_OPTIONS})
                    _read(answer)
            except TookTooLong as problem:
                _current.error_text = str(problem)
                raise requests.exceptions.Timeout(str(problem)) from problem
            except requests.RequestException as problem:
                match = _SHOWABLE.search(str(problem))
                _current.error_text = match[0].strip() if match else ""
                raise
            return answer

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.request("get", url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self.request("post", url, **options)

    def put(self, url: str, **options: Any) -> requests.Response:
        return self.request("put", url, **options)


def last_network_error() -> str:
    """Return and clear the last network error of this thread; empty if there is none to show.

    Apprise itself reports only that there was an error.
    """
    error: str = vars(_current).pop("error_text", "")
    return error


def _read(answer: requests.Response) -> None:
    """Read the whole response, up to the limit, as `requests` stores it."""
    body = bytearray()
    for chunk in answer.iter_content(8192):
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            answer.close()
            raise requests.exceptions.ContentDecodingError("the answer is too long")
    answer._content = bytes(body)


REQUESTS = {allowed: PinnedRequests(allow_private=allowed) for allowed in (False, True)}
"""By whether addresses of a private network are allowed."""
