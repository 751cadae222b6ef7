"""Two places side by side, tapped, read and filled in turn: other work here weighs on both."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from controller.cli.demo.people import AMINA
from controller.cli.demo.script import LASER, credential_called
from controller.cli.http import Browser
from devices.agent.enrolment.enrol import enrol
from devices.sim.client import SimBench
from tests.support.running_place import RunningPlace, running_place

FILLER = "filler"
"""The agent whose journal is full when it comes back."""
EVENTS = 1000
TAP_WITHIN_S = 60.0


@dataclass
class Measured:
    """One of the places, and what was measured there; times in seconds, memory in bytes."""

    place: RunningPlace
    browser: Browser
    folder: Path
    taps: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    fills: list[float] = field(default_factory=list)
    rss: list[int] = field(default_factory=list)
    busy_from: float = 0.0

    @property
    def serve(self) -> psutil.Process:
        """Its `loquet serve`."""
        return psutil.Process(self.place.ready["pids"]["serve"])

    def busy_s(self) -> float:
        """Processor time of `loquet serve` since it was ready."""
        spent = self.serve.cpu_times()
        return spent.user + spent.system - self.busy_from

    def once(self, *, closed: bool) -> None:
        """A tap to its pin, and a page."""
        self.taps.append(self._tap(closed))
        start = time.perf_counter()
        self.browser.get("/")
        self.pages.append(time.perf_counter() - start)
        self.rss.append(self.serve.memory_info().rss)

    def _tap(self, closed: bool) -> float:
        with SimBench(self.place.ready["pins_socket"]) as bench:
            bench.watch("power")
            tapped: float = bench.do("tap", reader=LASER, credential=credential_called(AMINA))["at"]
            switched = bench.wait_for(
                lambda event: event["machine"] == LASER and event["closed"] is closed, TAP_WITHIN_S
            )
        taken: float = switched["at"] - tapped
        return taken

    def fill(self) -> None:
        """An agent that comes back with a full journal: until the last acknowledgement."""
        config = self.folder / FILLER / "config.toml"
        command = [sys.executable, "-m", "controller.cli.bench.uplink_process", str(config)]
        with subprocess.Popen(
            [*command, FILLER, str(EVENTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "filled\n"
            start = time.perf_counter()
            process.stdin.write("go\n")
            process.stdin.flush()
            assert process.stdout.readline() == "acknowledged\n"
            self.fills.append(time.perf_counter() - start)


@contextmanager
def measured(folder: Path, settings: Mapping[str, str]) -> Iterator[Measured]:
    """A place with these settings, who reads its first page, and an agent to be filled."""
    folder.mkdir()
    os.environ.update(settings)
    try:
        with running_place(folder) as place:
            browser = Browser(place.url)
            who = next(
                account for account in place.ready["accounts"] if account["role"] == "manager"
            )
            browser.submit("/sign-in", "/sign-in", login=who["email"], password=who["password"])
            found = Measured(place, browser, folder)
            _add_filler(found)
            found.busy_from = found.busy_s()
            yield found
    finally:
        for name in settings:
            del os.environ[name]


def _add_filler(found: Measured) -> None:
    place, folder = found.place, found.folder / FILLER
    new = {"id": FILLER, "site_id": place.site, "name": {"en": FILLER}}
    code = place.make("/agents", new)["claim_code"]
    point = {"id": FILLER, "kind": "machine", "name": {"en": FILLER}, "agent_id": FILLER}
    place.make("/access-points", point)
    enrol(place.url, code, folder / "state")
    text = f'[site]\nid = "{place.site}"\n\n[agent]\nid = "{FILLER}"\nstate_dir = "state"\n'
    (folder / "config.toml").write_text(text, encoding="utf-8")


def in_turn(first: Measured, second: Measured, minutes: float, fill_s: float) -> None:
    """Tap and read both in turn, each first as often as the other, and fill both now and then."""
    end = time.monotonic() + 60 * minutes
    fill_at, turn = time.monotonic(), 0
    while time.monotonic() < end or turn < 24 or turn % 4:
        pair = (first, second) if turn % 4 < 2 else (second, first)
        for run in pair:
            run.once(closed=turn % 2 == 0)
        if time.monotonic() >= fill_at:
            for run in pair:
                run.fill()
            fill_at = time.monotonic() + fill_s
        turn += 1
        time.sleep(1.0)  # the readers must have seen that the badge is gone


WARM_UP = 4
"""So many of the first of each are not counted."""


def ratio(what: str, burdened: Sequence[float], free: Sequence[float], unit: float = 1.0) -> float:
    """Of the medians; both are printed, with the 95th percentiles."""
    skip = min(WARM_UP, len(free) // 4)
    mine, theirs = sorted(burdened[skip:]), sorted(free[skip:])
    found = median(mine) / median(theirs)
    tails = [figures[int(len(figures) * 0.95)] * unit for figures in (mine, theirs)]
    print(
        f"{what}: median {median(mine) * unit:.5g} with all down, {median(theirs) * unit:.5g} "
        f"without: ratio {found:.3f} (p95 {tails[0]:.5g}, {tails[1]:.5g}; {len(mine)} each)",
        flush=True,
    )
    return found
