"""A visitor: signs in, keeps an open page's event stream, fetches what changed."""

import re
import time
from http.client import HTTPConnection, HTTPResponse
from queue import Empty, Queue
from threading import Thread
from urllib.parse import urlencode, urlsplit

from controller.cli.bench import BenchFailed

_TIMEOUT_S = 30.0
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One that has signed in, with a connection that it keeps."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._at = urlsplit(url).netloc
        self._cookies: dict[str, str] = {}
        self._connection = HTTPConnection(self._at, timeout=_TIMEOUT_S)
        token = _TOKEN.search(self.get("/sign-in"))
        form = {"csrf_token": token[1] if token else "", "login": login, "password": password}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _ = self._ask("POST", "/sign-in", urlencode(form), headers)
        if status != 303:
            raise BenchFailed(f"{login} can't sign in: {status}")

    def get(self, path: str, *, part: bool = False) -> str:
        """A page, or the part of it that htmx fetches."""
        status, text = self._ask("GET", path, None, {"HX-Request": "true"} if part else {})
        if status != 200:
            raise BenchFailed(f"{path}: {status}")
        return text

    def follow(self, path: str) -> HTTPResponse:
        """An event stream, on a connection of its own."""
        connection = HTTPConnection(self._at, timeout=_TIMEOUT_S)
        connection.request("GET", path, headers=self._cookie_header())
        answer = connection.getresponse()
        if answer.status != 200:
            raise BenchFailed(f"{path}: {answer.status}")
        return answer

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        self._connection.request(method, path, body, headers | self._cookie_header())
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self._cookies[cookie] = content
        return answer.status, text

    def _cookie_header(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={content}" for name, content in self._cookies.items())
        return {"Cookie": cookies} if cookies else {}


class ChangeTimes:
    """When each change came through an event stream."""

    def __init__(self, stream: HTTPResponse) -> None:
        self._times: Queue[float] = Queue()
        self._stream = stream
        Thread(target=self._read, daemon=True).start()

    def next(self, within_s: float) -> float:
        """When the next one came. Raises BenchFailed."""
        try:
            return self._times.get(timeout=within_s)
        except Empty as problem:
            raise BenchFailed(f"no change was told within {within_s:.0f} s") from problem

    def forget(self) -> None:
        """Whatever came so far is old."""
        while not self._times.empty():
            self._times.get()

    def _read(self) -> None:
        for line in iter(self._stream.readline, b""):
            if line.startswith(b"event: change"):
                self._times.put(time.monotonic())
