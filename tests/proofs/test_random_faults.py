"""Random faults under load, then three records compared: hardware, database, API.

`LOQUET_FAULTS` is their number for each seed, `LOQUET_SEEDS` which seeds: the same seed brings the
same faults in the same order. Each recovery is awaited.
"""

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from random import Random
from statistics import median

import psutil
import psycopg
import pytest
from sqlalchemy import func, make_url, select

from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.processes import Process, ProcessFailed
from controller.cli.http import Browser, HttpFailed
from controller.kernel.journal import EventRow
from devices.sim.client import SimBench
from tests.faults.conftest import badge
from tests.faults.restored_place import Place, a_place
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.needs("mosquitto"), pytest.mark.timeout(7200)]

FAULTS = int(os.environ.get("LOQUET_FAULTS", "100"))
SEEDS = [int(seed) for seed in os.environ.get("LOQUET_SEEDS", "1,2,3,4,5").split(",")]
DRILL, WOODSHOP = "perceuse", "atelier-bois"
DRILLERS = ("Louis Delattre", "Bernard Caron")
OFF_WITHIN_S = 1.0
"""Promised for a switch with a time limit of its own (security.md, Faults)."""
CLOSE_S = 1.0
"""How near the agent's seconds come to its contactor's, where it was lost."""
HOLDS_S = 0.3
"""The circuit holds a little longer than the pin says, at the end of each session."""
GROWTH = 1.03
ENOUGH = 50
"""So many faults before memory and descriptors are judged: less says nothing."""


@dataclass
class Drill:
    """What the hardware did, and when: the pins process counts, and outlives every agent."""

    bench: SimBench

    def state(self) -> tuple[bool, float]:
        """Whether its contactor is closed, and for how long it has been, in all."""
        seen = self.bench.state()["machines"][DRILL]
        return bool(seen["closed"]), float(seen["powered_s"])


@dataclass
class Load:
    """Who works there all the time: badges at the door and the drill, and pages that are read."""

    place: Place
    socket: str
    pages: Counter[str] = field(default_factory=Counter)
    _browser: Browser = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._browser = self.place.signed_in()
        self.place.begin_to_tap()
        for work in (self._drill, self._read):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.place.end_taps()

    def _drill(self) -> None:
        """One after the other: in, and out again."""
        with SimBench(self.socket) as bench:
            for name in cycle(DRILLERS):
                for _ in range(2):
                    if self._stop.wait(1.0):
                        return
                    bench.do("tap", reader=DRILL, credential=badge(name))

    def _read(self) -> None:
        while not self._stop.wait(0.5):
            try:
                self._browser.get("/")
                self.pages["read"] += 1
            except (HttpFailed, OSError):
                self.pages["not there"] += 1


@dataclass
class Samples:
    """Memory and descriptors of the processes, after each recovery."""

    rss: dict[str, list[int]] = field(default_factory=dict)
    files: dict[str, list[int]] = field(default_factory=dict)

    def take(self, processes: dict[str, Process]) -> None:
        for name, process in processes.items():
            now = psutil.Process(process.pid)
            self.rss.setdefault(name, []).append(now.memory_info().rss)
            self.files.setdefault(name, []).append(now.num_fds())

    def growth(self) -> dict[str, tuple[float, float]]:
        """Of each, the last third against the most of the first, memory and descriptors."""
        return {name: (ratio(self.rss[name]), ratio(self.files[name])) for name in self.rss}


def ratio(values: list[int]) -> float:
    """What leaks goes on growing; who was killed and begins anew has less for a while."""
    third = max(1, len(values) // 3)
    return median(values[-third:]) / max(values[:third])


@dataclass
class Run:
    """A place under load, to which one thing after another happens."""

    place: Place
    dice: Random
    drill: Drill
    happened: Counter[str] = field(default_factory=Counter)
    samples: Samples = field(default_factory=Samples)
    power_ms: float = 0.0
    """How long the drill had power later than promised after its agent was lost."""

    @property
    def processes(self) -> dict[str, Process]:
        demo = self.place.demo
        return {"broker": demo.broker, "serve": demo.serve, **demo.agents}

    def one(self) -> None:
        """Break something, and wait until all is well."""
        name = self.dice.choice([*self.processes, "database"])
        how: Callable[[str], None] = self._lock
        if name != "database":
            how = self.dice.choice([self._kill, self._hang])
        self.happened[f"{how.__name__.strip('_')} {name}"] += 1
        how(name)
        until(self._is_well, lambda: f"{name} after {how.__name__}: {self._unwell()}", 120)
        self.samples.take(self.processes)
        threading.Event().wait(self.dice.uniform(0.0, 1.0))

    def _kill(self, name: str) -> None:
        process = self.processes[name]
        before = process.popen
        os.kill(process.pid, signal.SIGKILL)
        if name == WOODSHOP:
            self._watch_power()
        until(lambda: process.popen is not before, f"{name} is not started again")

    def _hang(self, name: str) -> None:
        pid = self.processes[name].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            if name == WOODSHOP:
                self._watch_power()
            threading.Event().wait(self.dice.uniform(0.2, 3.0))
        finally:
            os.kill(pid, signal.SIGCONT)

    def _watch_power(self) -> None:
        """Without its agent the drill's own switch lets go in time."""
        lost_s = time.monotonic()
        closed = self.drill.state()[0]
        while closed and time.monotonic() - lost_s < 2 * OFF_WITHIN_S:
            closed = self.drill.state()[0]
        if (late_s := time.monotonic() - lost_s - OFF_WITHIN_S) > 0:
            self.power_ms += late_s * 1000

    def _lock(self, _name: str) -> None:
        """Another program holds what every write needs."""
        hold_s, url = self.dice.uniform(0.2, 3.0), make_url(self.place.url)
        if url.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(url.database or "", isolation_level=None)) as db:
                db.execute("PRAGMA busy_timeout = 10000")
                db.execute("BEGIN IMMEDIATE")
                threading.Event().wait(hold_s)
                db.execute("ROLLBACK")
            return
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as db:
            db.execute("LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE")
            threading.Event().wait(hold_s)
            db.rollback()

    def _is_well(self) -> bool:
        return not self._unwell()

    def _unwell(self) -> list[str]:
        """What is not as it should be: a process, the controller, an agent, a journal."""
        try:
            _ = [process.pid for process in self.processes.values()]
            Browser(self.place.demo.url).get("/health/ready")
            away = [
                agent
                for agent in self.place.demo.agents
                if not self.place.demo.api.get(f"/agents/{agent}")["online"]
            ]
        except (HttpFailed, ProcessFailed, OSError) as problem:
            return [str(problem)]
        return away


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Of the server's database; None: the place's own file."""
    if request.param == "sqlite":
        return None
    server: str = request.getfixturevalue("a_server_database")
    return server


@pytest.fixture
def place(
    url: str | None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("p"), url, monkeypatch) as place:
        yield place


@pytest.mark.parametrize("seed", SEEDS)
def test_random_faults_under_load(place: Place, seed: int) -> None:
    socket = str(place.demo.layout.socket)
    with SimBench(socket) as bench:
        run = Run(place, Random(seed), Drill(bench))
        load = Load(place, socket)
        load.start()
        for _ in range(FAULTS):
            run.one()
        load.end()
        place.settled()
        until(lambda: is_over(place), "the last session does not end", 120)
        place.settled()
        judge(run, load, seed)


def is_over(place: Place) -> bool:
    """Whether no session of the drill goes on: somebody who is still there taps out."""
    open_ones = select(func.count()).where(
        SessionRow.access_point_id == DRILL, SessionRow.ended_at.is_(None)
    )
    if place._asked(open_ones)[0][0]:
        for name in DRILLERS:
            place.bench.do("tap", reader=DRILL, credential=badge(name))
        list(place.bench.events(1.0))
        return False
    return True


def judge(run: Run, load: Load, seed: int) -> None:
    """Nothing lost, nothing twice, no power without a grant, and nothing grows."""
    place = run.place
    lost, twice = events(place)
    told_s, sessions = sessions_of(place)
    hardware_s = run.drill.state()[1]
    until(lambda: in_database(place) == by_api(place), "the API tells other events")
    growth = run.samples.growth()
    print(f"\nseed {seed}: {run.happened.total()} faults: {dict(sorted(run.happened.items()))}")
    print(f"{place.taps} taps at the door: {place.decided()}; pages {dict(load.pages)}")
    print(f"events: lost {lost}, twice {twice}; {in_database(place)} by database and API alike")
    print(f"drill: {sessions} sessions, {told_s:.1f} s told, {hardware_s:.1f} s by its contactor")
    print(f"power without a live grant: {run.power_ms:.0f} ms")
    for name, (rss, files) in growth.items():
        print(f"{name}: memory {rss:.3f}, descriptors {files:.3f}")
    assert (lost, twice, run.power_ms) == (0, 0, 0.0)
    close_s = CLOSE_S * (1 + sum_of(run, WOODSHOP)) + HOLDS_S * sessions
    assert hardware_s == pytest.approx(told_s, abs=close_s)
    if run.happened.total() >= ENOUGH:
        assert max(max(pair) for pair in growth.values()) <= GROWTH, growth


def sum_of(run: Run, name: str) -> int:
    """How many faults that process had."""
    return sum(count for what, count in run.happened.items() if what.endswith(f" {name}"))


def events(place: Place) -> tuple[int, int]:
    """How many of the journals' events are not in the database, and how many are twice.

    What the agents tell meanwhile counts for neither.
    """
    wanted = {stream: last for stream, last, _, _ in place.journals().values()}
    until(lambda: not missing(place, wanted), lambda: f"lost: {missing(place, wanted)}")
    twice = sum(count - 1 for seqs in place.held().values() for count in Counter(seqs).values())
    return len(missing(place, wanted)), twice


def missing(place: Place, wanted: dict[str, int]) -> list[tuple[str, int]]:
    """Which numbers of these streams, each up to its last, the database does not hold."""
    held = place.held()
    return [
        (stream, seq)
        for stream, last in wanted.items()
        for seq in sorted(set(range(1, last + 1)) - set(held.get(stream, ())))
    ]


def sessions_of(place: Place) -> tuple[float, int]:
    """The drill's seconds of power by the database, and of how many sessions."""
    found = place._asked(select(SessionRow.powered_s).where(SessionRow.access_point_id == DRILL))
    return sum(row[0] or 0.0 for row in found), len(found)


def in_database(place: Place) -> int:
    """How many events there are."""
    found: int = place._asked(select(func.count()).select_from(EventRow))[0][0]
    return found


def by_api(place: Place) -> int:
    """How many events the API tells of."""
    return sum(1 for _ in listed(place, "/events"))


def listed(place: Place, path: str) -> Iterator[dict[str, object]]:
    """All of a list, page by page."""
    after = ""
    while True:
        page = place.demo.api.get(f"{path}?limit=500{after}")
        yield from page["items"]
        if page["next"] is None:
            return
        after = f"&after={page['next']}"
