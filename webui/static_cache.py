"""Files that browsers keep for ever are answered before the application is asked.

Such an address has its content's fingerprint: whatever the application answered to it, compressed
and with all headers, is its answer as long as this process lives. A first look at a page asks for a
dozen of them at once, and each took as long as a twelfth of a page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, current_app, request

_PARTLY = ("HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE")
"""Who says one of these may be given less than the whole."""


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A cached response."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class StaticCache:
    """A cache of the addresses that pages name; of others it keeps nothing, however many
    are asked for."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._named: set[str] = set()
        self._kept: dict[str, CachedAnswer] = {}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        kept = self._kept.get(_address(environ))
        if kept is None or not _takes_whole(environ):
            return self._application(environ, start)
        start(kept.status, list(kept.headers))
        return [kept.body]

    def name(self, address: str) -> str:
        """Say that a page names this address; the address."""
        self._named.add(address)
        return address

    def keep(self, response: Response) -> Response:
        """Put an answer there that is the same for everybody, and hand it on."""
        address = _address(request.environ)
        if (
            address in self._named
            and address not in self._kept
            and response.status_code == 200
            and _takes_whole(request.environ)
        ):
            response.direct_passthrough = False
            body = response.get_data()
            headers = response.get_wsgi_headers(request.environ).to_wsgi_list()
            self._kept[address] = CachedAnswer(response.status, tuple(headers), body)
        return response


def install(app: Flask) -> None:
    """Put the cache before the application. First of all: what it keeps is whole."""
    cache = StaticCache(app.wsgi_app)
    app.wsgi_app = cache  # type: ignore[method-assign,assignment]
    app.extensions["static_cache"] = cache
    app.after_request(cache.keep)


def cacheable_address(address: str) -> str:
    """The address, of which the answer may be kept."""
    cache: StaticCache = current_app.extensions["static_cache"]
    return cache.name(address)


def _address(environ: WSGIEnvironment) -> str:
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _takes_whole(environ: WSGIEnvironment) -> bool:
    """Whether it is a browser's plain question, which takes gzip."""
    encodings = environ.get("HTTP_ACCEPT_ENCODING", "")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "gzip" in encodings
        and ";" not in encodings  # what it likes less, or not at all
        and not any(variable in environ for variable in _PARTLY)
    )
