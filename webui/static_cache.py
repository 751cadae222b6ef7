"""Answers requests for files that browsers cache for ever before the application is called.

The address of such a file contains its content's fingerprint. So the first response, compressed
and with all headers, stays valid as long as this process lives. A first visit requests a dozen
files at once, and the application would take a twelfth of a page's time for each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, current_app, request

_PARTLY = ("HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE")
"""A request with one of these headers may be given less than the whole file."""


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A cached response."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class StaticCache:
    """A cache of the addresses that pages name; responses of other addresses are not kept."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._named: set[str] = set()
        self._kept: dict[str, CachedAnswer] = {}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        cached = self._kept.get(_address(environ))
        if cached is None or not _accepts_whole_file(environ):
            return self._application(environ, start)
        start(cached.status, list(cached.headers))
        return [cached.body]

    def name(self, address: str) -> str:
        """Register the address as one that a page names, and return it."""
        self._named.add(address)
        return address

    def keep(self, response: Response) -> Response:
        """Keep a response that is the same for everybody, and return it."""
        address = _address(request.environ)
        if (
            address in self._named
            and address not in self._kept
            and response.status_code == 200
            and _accepts_whole_file(request.environ)
        ):
            response.direct_passthrough = False
            body = response.get_data()
            headers = response.get_wsgi_headers(request.environ).to_wsgi_list()
            self._kept[address] = CachedAnswer(response.status, tuple(headers), body)
        return response


def install(app: Flask) -> None:
    """Put the cache before the application.

    Call it first, so that the responses it keeps are complete.
    """
    cache = StaticCache(app.wsgi_app)
    app.wsgi_app = cache  # type: ignore[method-assign,assignment]
    app.extensions["static_cache"] = cache
    app.after_request(cache.keep)


def cacheable_address(address: str) -> str:
    """Return the address, and allow the cache to keep its response."""
    cache: StaticCache = current_app.extensions["static_cache"]
    return cache.name(address)


def _address(environ: WSGIEnvironment) -> str:
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _accepts_whole_file(environ: WSGIEnvironment) -> bool:
    """Whether it is a plain GET request for the whole file, by a client that takes gzip."""
    encodings = environ.get("HTTP_ACCEPT_ENCODING", "")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "gzip" in encodings
        and ";" not in encodings  # a weight such as `gzip;q=0` may refuse gzip
        and not any(variable in environ for variable in _PARTLY)
    )
