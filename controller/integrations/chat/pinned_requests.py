"""`requests` as Apprise's notifiers use it, but that each connection goes where it was judged.

And comes to an end: what answers for ever, or with more than anybody wants to read, is cut off.
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

IN_ALL_S = 20.0
"""For the whole of what is sent and answered."""
LARGEST = 1_000_000
"""Bytes of an answer that is read, unpacked."""
_ONLY = {"stream": True, "allow_redirects": False}
_TOLD = re.compile(
    "certificate verify failed: [^(]+|Connection refused|timed out|the answer is too long"
    "|[^ ]+ can't be looked up|an address of this computer or of a private network"
)
"""What may be shown of an error, which may hold a token besides."""
_here = threading.local()
"""What each thread is asking for: urllib3 makes connections where nothing can be handed over."""


class _Plain(HTTPConnection):
    """Looks its name up once, judges where that leads, and connects there."""

    allow_private = False

    def _new_conn(self) -> socket.socket:
        """As urllib3's; TLS still asks for the name."""
        name = self._dns_host
        try:
            self._dns_host = address_of(name, self.port, allow_private=self.allow_private)
            found = super()._new_conn()
            _here.line.hold(found)
            return found
        except (NotAllowed, NotFound) as problem:
            raise NewConnectionError(self, str(problem)) from problem
        finally:
            self._dns_host = name


class _Tls(_Plain, HTTPSConnection):
    """The same, over TLS."""


class _AnyPlain(_Plain):
    allow_private = True


class _AnyTls(_Tls):
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
    """Stands where a notifier's module has `requests`: its words are the same."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def __getattr__(self, name: str) -> Any:
        """What is not asked of the network: exceptions, codes."""
        return getattr(requests, name)

    def request(self, method: str, url: str, **given: Any) -> requests.Response:
        """As `requests.request`, without proxies or passwords of this computer, or redirects: a
        message that is moved becomes a GET, and 200 then says that nothing was told.

        Raises what that raises, for an answer that is too long or takes too long too.
        """
        with requests.Session() as session:
            session.trust_env = False
            adapter = _Adapter(allow_private=self._allow_private)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            try:
                with limit_time(IN_ALL_S) as _here.line:
                    answer = session.request(method, url, **{**given, **_ONLY})
                    _read(answer)
            except TookTooLong as problem:
                _here.why = str(problem)
                raise requests.exceptions.Timeout(str(problem)) from problem
            except requests.RequestException as problem:
                found = _TOLD.search(str(problem))
                _here.why = found[0].strip() if found else ""
                raise
            return answer

    def get(self, url: str, **given: Any) -> requests.Response:
        return self.request("get", url, **given)

    def post(self, url: str, **given: Any) -> requests.Response:
        return self.request("post", url, **given)

    def put(self, url: str, **given: Any) -> requests.Response:
        return self.request("put", url, **given)


def last_network_error() -> str:
    """What went wrong with the network on this thread since this was asked last; empty: nothing
    that has a word. Apprise says no more than that there was something."""
    found: str = vars(_here).pop("why", "")
    return found


def _read(answer: requests.Response) -> None:
    """The whole of it, as `requests` keeps it."""
    body = bytearray()
    for piece in answer.iter_content(8192):
        body += piece
        if len(body) > LARGEST:
            answer.close()
            raise requests.exceptions.ContentDecodingError("the answer is too long")
    answer._content = bytes(body)


REQUESTS = {allowed: PinnedRequests(allow_private=allowed) for allowed in (False, True)}
