"""Measure how soon a tap shows on an open page, and how long a page takes beside 200 open ones."""

import re
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from queue import Empty, Queue
from threading import Thread
from urllib.parse import urlencode, urlsplit

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure, percentile, percentile_figure
from controller.cli.bench.venue import GONE_AFTER_S, MACHINES, Venue
from controller.cli.demo.place import SITE_ID

# A simulated browser: it signs in, keeps an event stream open, and fetches what has changed.

_TIMEOUT_S = 30.0
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """A signed-in session with a connection that is kept open."""

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
        """Fetch a page, or the part of it that htmx would fetch. Raises BenchFailed."""
        status, text = self._ask("GET", path, None, {"HX-Request": "true"} if part else {})
        if status != 200:
            raise BenchFailed(f"{path}: {status}")
        return text

    def follow(self, path: str) -> HTTPResponse:
        """Open an event stream, on its own connection. Raises BenchFailed."""
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
    """The times at which changes arrived through an event stream."""

    def __init__(self, stream: HTTPResponse) -> None:
        self._times: Queue[float] = Queue()
        self._stream = stream
        Thread(target=self._read, daemon=True).start()

    def next(self, timeout_s: float) -> float:
        """Wait for the next change and return when it arrived. Raises BenchFailed."""
        try:
            return self._times.get(timeout=timeout_s)
        except Empty as problem:
            raise BenchFailed(f"no change arrived within {timeout_s:.0f} s") from problem

    def forget(self) -> None:
        """Discard the changes that have arrived so far."""
        while not self._times.empty():
            self._times.get()

    def _read(self) -> None:
        for line in iter(self._stream.readline, b""):
            if line.startswith(b"event: change"):
                self._times.put(time.monotonic())


CYCLES = 60
"""Number of cycles; each taps a machine on and off, which makes 120 taps."""
REQUESTS = 200
"""Number of measured requests."""
OPEN = 200
"""Number of open event streams."""
STREAMS_PER_ACCOUNT = 15
"""Number of streams of one account; one more is allowed."""
_PAUSE_S = 0.25
_LIVE_TIMEOUT_S = 5.0
_STREAM = f"/live?site={SITE_ID}"


def tap_to_live(venue: Venue) -> Figure:
    """Measure the milliseconds from a badge's last byte until the board that shows it has arrived.

    It works as the page does: the event stream announces a change, then the board is fetched. The
    time that a browser takes to draw it is not included.
    """
    venue.settle()
    browser = _signed_in(venue)
    changes, samples = ChangeTimes(browser.follow(_STREAM)), list[float]()
    for number in range(CYCLES):
        badge = venue.badges[number % len(venue.badges)]
        for on in (True, False):
            samples.append(_tap(venue, browser, changes, badge, on))
            time.sleep(GONE_AFTER_S + _PAUSE_S)
    return percentile_figure(
        "tap_to_live", "ms", samples, note=f"{_note(samples)}; stream and board's part"
    )


def request_with_open_pages(venue: Venue) -> Figure:
    """Measure milliseconds per request of the page Live, with 200 open streams."""
    with ExitStack() as stack:
        for number in range(0, OPEN, STREAMS_PER_ACCOUNT):
            reader = _new_account(venue, number)
            for _ in range(min(STREAMS_PER_ACCOUNT, OPEN - number)):
                stack.callback(reader.follow(_STREAM).close)
        browser, samples = _signed_in(venue), list[float]()
        for _ in range(REQUESTS):
            began = time.monotonic()
            browser.get("/")
            samples.append((time.monotonic() - began) * 1000)
    return percentile_figure("request_with_200_pages", "ms", samples, note=_note(samples))


def _tap(venue: Venue, browser: Browser, changes: ChangeTimes, badge: str, on: bool) -> float:
    changes.forget()
    at = venue.bench.do("tap", reader=MACHINES[0], credential=badge)["at"]
    end = time.monotonic() + _LIVE_TIMEOUT_S
    while time.monotonic() < end:
        changes.next(_LIVE_TIMEOUT_S)
        if (_state(browser.get("/", part=True)) != "off") is on:
            return float(time.monotonic() - at) * 1000
    raise BenchFailed(f"a tap is not on Live within {_LIVE_TIMEOUT_S:.0f} s")


def _state(board: str) -> str:
    match = re.search(rf'id="tile-{MACHINES[0]}" data-state="(\w+)"', board)
    if match is None:
        raise BenchFailed("Live does not show the machine")
    return match[1]


def _signed_in(venue: Venue) -> Browser:
    account = next(account for account in venue.demo.secrets.accounts if account.role == "manager")
    return Browser(venue.demo.url, account.email, account.password)


def _new_account(venue: Venue, number: int) -> Browser:
    login, password = f"page{number}@bench.example", f"correct horse {number}"
    account = {"login": login, "password": password, "roles": {SITE_ID: ["desk"]}}
    venue.demo.api.call("POST", "/accounts", account)
    return Browser(venue.demo.url, login, password)


def _note(samples: list[float]) -> str:
    return f"of {len(samples)}; p95 {percentile(samples, 95):.3g}"
