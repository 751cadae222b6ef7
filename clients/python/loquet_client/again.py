"""Calls are tried again when that may help, and does nothing twice."""

import asyncio
import random
import time
from uuid import uuid4

import httpx

LATER = frozenset({429, 502, 503, 504})
"""Answers that say that nothing was done, or that it is safe to ask again."""
FIRST_S, MAX_S = 0.5, 60.0
_KEY = "Idempotency-Key"
_TWICE_IS_ONCE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Again(httpx.BaseTransport):
    """Over a connection; waits in between."""

    def __init__(self, tries: int, under: httpx.BaseTransport | None = None) -> None:
        self._tries = tries
        self._under = under or httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the last try. Raises httpx.TransportError where there is none."""
        _name(request)
        for tried in range(1, self._tries + 1):
            try:
                answer = self._under.handle_request(request)
            except httpx.TransportError:
                if tried == self._tries or not _may(request):
                    raise
                time.sleep(_wait_s(tried, None))
                continue
            if answer.status_code not in LATER or tried == self._tries or not _may(request):
                return answer
            answer.close()
            time.sleep(_wait_s(tried, answer))
        raise AssertionError("tries is at least 1")

    def close(self) -> None:
        """Let go of the connections."""
        self._under.close()


class AsyncAgain(httpx.AsyncBaseTransport):
    """The same for asynchronous calls."""

    def __init__(self, tries: int, under: httpx.AsyncBaseTransport | None = None) -> None:
        self._tries = tries
        self._under = under or httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the last try. Raises httpx.TransportError where there is none."""
        _name(request)
        for tried in range(1, self._tries + 1):
            try:
                answer = await self._under.handle_async_request(request)
            except httpx.TransportError:
                if tried == self._tries or not _may(request):
                    raise
                await asyncio.sleep(_wait_s(tried, None))
                continue
            if answer.status_code not in LATER or tried == self._tries or not _may(request):
                return answer
            await answer.aclose()
            await asyncio.sleep(_wait_s(tried, answer))
        raise AssertionError("tries is at least 1")

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._under.aclose()


def _name(request: httpx.Request) -> None:
    """A POST that is tried again is the same POST to the controller."""
    if request.method == "POST":
        request.headers.setdefault(_KEY, str(uuid4()))


def _may(request: httpx.Request) -> bool:
    """A merge patch that was taken would be refused as stale the second time: it is told."""
    return request.method in _TWICE_IS_ONCE or _KEY in request.headers


def _wait_s(tried: int, answer: httpx.Response | None) -> float:
    """As the controller asks, else ever longer; never all at the same time."""
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    if asked.isdecimal():
        return min(float(asked), MAX_S)
    return min(FIRST_S * 2.0 ** (tried - 1), MAX_S) * random.uniform(0.5, 1.0)  # noqa: S311
