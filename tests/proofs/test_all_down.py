"""All other systems are down for an hour under load: nobody here notices, and then they catch up.

Two places run side by side and are tapped and read in turn: whatever else this computer does weighs
on both. `LOQUET_PROOF_MINUTES` makes it shorter.
"""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import psutil
import pytest

from controller.cli.demo.people import AMINA
from controller.cli.demo.script import LASER
from controller.cli.http import Browser
from devices.sim.client import SimBench
from tests.faults.conftest import badge
from tests.integrations.home_assistant.conftest import Listener, Plain
from tests.support.programs import free_port
from tests.support.running_place import RunningPlace, running_place
from tests.support.until import until

pytestmark = pytest.mark.long
MINUTES = float(os.environ.get("LOQUET_PROOF_MINUTES", "60"))
AT_MOST = 1.1
REST_S = 1.0


@dataclass
class Receiver:
    """Programs that want to be told: one refuses, one hangs, one fails; later all are well."""

    is_down: bool = True
    got: Counter[str] = field(default_factory=Counter)
    may_answer: threading.Event = field(default_factory=threading.Event)


@dataclass
class Measured:
    """One of the two places."""

    place: RunningPlace
    browser: Browser
    taps: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    rss: list[int] = field(default_factory=list)

    def once(self, closed: bool) -> None:
        """A tap to its pin, and a page."""
        with SimBench(self.place.ready["pins_socket"]) as bench:
            bench.watch("power")
            tapped = bench.do("tap", reader=LASER, credential=badge(AMINA))["at"]
            for event in bench.events(60.0):
                if event["machine"] == LASER and event["closed"] is closed:
                    break
            self.taps.append(event["at"] - tapped)
        start = time.perf_counter()
        self.browser.get("/")
        self.pages.append(time.perf_counter() - start)
        self.rss.append(psutil.Process(self.place.ready["pids"]["serve"]).memory_info().rss)


@contextmanager
def served(receiver: Receiver, port: int) -> Iterator[None]:
    """Answer at that port as the receiver does now."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status = 500 if receiver.is_down else 204
            if status == 500 and self.path == "/hangs":
                receiver.may_answer.wait(60)
            if status == 204:
                receiver.got[f"{self.path} {self.headers['webhook-id']}"] += 1
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        receiver.may_answer.set()
        server.shutdown()


@contextmanager
def measured(folder: Path, **settings: str) -> Iterator[Measured]:
    """A place with these settings, and somebody who reads its first page."""
    folder.mkdir()
    os.environ.update(settings)
    try:
        with running_place(folder) as place:
            browser = Browser(place.url)
            who = next(each for each in place.ready["accounts"] if each["role"] == "manager")
            browser.submit("/sign-in", "/sign-in", login=who["email"], password=who["password"])
            yield Measured(place, browser)
    finally:
        for name in settings:
            os.environ.pop(name, None)


def test_an_hour_without_any_of_them(tmp_path: Path) -> None:
    receiver, port, dead = Receiver(), free_port(), free_port()
    broker = Plain(tmp_path)
    settings = {
        "LOQUET_HOME_ASSISTANT_HOST": "127.0.0.1",
        "LOQUET_HOME_ASSISTANT_PORT": str(broker.port),
        "LOQUET_WEBHOOKS_ALLOW_PRIVATE": "true",
    }
    with ExitStack() as stack:
        stack.enter_context(served(receiver, port))
        burdened = stack.enter_context(measured(tmp_path / "with", **settings))
        free = stack.enter_context(measured(tmp_path / "without"))
        hooks = [
            burdened.place.make("/webhooks", {"url": f"http://127.0.0.1:{to}"})["id"]
            for to in (f"{port}/fails", f"{port}/hangs", f"{dead}/refuses")
        ]
        _load(burdened, free)
        _compare(burdened, free)
        receiver.is_down = False
        receiver.may_answer.set()
        _caught_up(burdened.place, hooks[:2], receiver)
        broker.start()
        listener = Listener(broker.port)
        state = f"loquet_home/{burdened.place.site}/point/{LASER}/state"
        listener.wait(lambda known: json.loads(known.get(state, "{}")).get("state"))
        listener.close()
        broker.kill()


def _load(*places: Measured) -> None:
    """Taps and pages in turn."""
    end = time.monotonic() + 60 * MINUTES
    closed = True
    while time.monotonic() < end or len(places[0].taps) < 20:
        for each in places:
            each.once(closed)
        closed = not closed
        time.sleep(REST_S)


def _compare(burdened: Measured, free: Measured) -> None:
    """All but the first four of each, which warm it up."""
    for name in ("taps", "pages", "rss"):
        mine, theirs = (median(getattr(each, name)[4:]) for each in (burdened, free))
        print(f"{name}: {mine:.5g} with all down, {theirs:.5g} without: ratio {mine / theirs:.3f}")
        assert mine / theirs <= AT_MOST, name
    growth = burdened.rss[-1] / burdened.rss[len(burdened.rss) // 2]
    print(f"memory in the second half: {growth:.3f}")
    assert growth <= AT_MOST


def _caught_up(place: RunningPlace, hooks: list[str], receiver: Receiver) -> None:
    """Every message: those that wait for their next try are sent now, as the page does it.

    One that was on its way when it was sent again may come twice, under the same id (0081, 0116).
    """
    for hook in hooks:
        for each in place.listed(f"/webhooks/{hook}/deliveries"):
            if each["delivered_at"] is None:
                path = f"/webhooks/{hook}/deliveries/{each['id']}/resend"
                assert place.call("POST", path).status == 202

    def is_all() -> bool:
        every = [each for hook in hooks for each in place.listed(f"/webhooks/{hook}/deliveries")]
        return all(each["delivered_at"] for each in every)

    until(is_all, "not all were delivered", 600.0)
    wanted = {each["id"] for hook in hooks for each in place.listed(f"/webhooks/{hook}/deliveries")}
    assert wanted <= {each.split()[1] for each in receiver.got}
    twice = sum(count > 1 for count in receiver.got.values())
    print(f"{len(receiver.got)} messages, {twice} of them more than once")
    assert twice <= len(hooks), "only what was on its way may come twice"
