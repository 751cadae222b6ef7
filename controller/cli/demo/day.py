"""The demo's day that goes on: now and then somebody comes in, takes a machine, or is done."""

import logging
import threading
from dataclasses import dataclass, field
from random import Random

from controller.cli.demo.people import PEOPLE, Person, credential_of
from controller.cli.demo.place import POINTS
from controller.domain.facts import PointKind
from devices.sim.client import BenchError, SimBench

_SEED = 20260113
_EVERY_S = (6.0, 25.0)
"""Between two acts."""
_MACHINES = tuple(wired.point for wired in POINTS if wired.point.kind is PointKind.MACHINE)
_DOORS = {"atelier": "porte-principale", "coworking": "porte-coworking"}
_RUNNING_AT_MOST = 4

_log = logging.getLogger(__name__)


@dataclass
class Day:
    """Plays with the simulated hardware as people would, in a thread, until told to stop."""

    socket: str
    dice: Random = field(default_factory=lambda: Random(_SEED))  # noqa: S311  the same day each time
    at_work: dict[str, int] = field(default_factory=dict)
    """Who holds which machine, as the row in PEOPLE."""
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="day", daemon=True).start()

    def hurry(self, acts: int) -> None:
        """Do so many at once: for who comes to look now. Raises BenchError."""
        with SimBench(self.socket) as bench:
            for _ in range(acts):
                self.act(bench)

    def stop(self) -> None:
        """End it; machines that are on stay on."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self.dice.uniform(*_EVERY_S)):
            try:
                with SimBench(self.socket) as bench:
                    self.act(bench)
            except (BenchError, OSError) as problem:  # the pins are started again by the demo
                _log.debug("the day pauses: %s", problem)

    def act(self, bench: SimBench) -> None:
        """One thing that somebody does. Raises BenchError."""
        chance = self.dice.random()
        if self.at_work and (len(self.at_work) >= _RUNNING_AT_MOST or chance < 0.3):
            self._finish(bench)
        elif chance < 0.7:
            self._begin(bench)
        elif chance < 0.78:
            self._is_refused(bench)
        else:
            self._come_in(bench)

    def _begin(self, bench: SimBench) -> None:
        free = [point for point in _MACHINES if str(point.id) not in self.at_work]
        machine = str(self.dice.choice(free).id)
        able = [row for row, who in enumerate(PEOPLE) if _may_use(who, machine)]
        idle = [row for row in able if row not in self.at_work.values()]
        if idle:
            row = self.at_work[machine] = self.dice.choice(idle)
            bench.do("tap", reader=machine, credential=credential_of(row))
            bench.do("job", machine=machine, running=True)

    def _finish(self, bench: SimBench) -> None:
        machine = self.dice.choice(sorted(self.at_work))
        row = self.at_work.pop(machine)
        bench.do("job", machine=machine, running=False)
        bench.do("tap", reader=machine, credential=credential_of(row))

    def _is_refused(self, bench: SimBench) -> None:
        machine = str(self.dice.choice(_MACHINES).id)
        rows = [row for row, who in enumerate(PEOPLE) if not _may_use(who, machine)]
        bench.do("tap", reader=machine, credential=credential_of(self.dice.choice(rows)))

    def _come_in(self, bench: SimBench) -> None:
        rows = [row for row, who in enumerate(PEOPLE) if who.plan in _DOORS]
        row = self.dice.choice(rows)
        door = _DOORS[PEOPLE[row].plan or ""]
        bench.do("tap", reader=door, credential=credential_of(row))
        self._over.wait(0.5)  # the strike, then a hand on the handle
        if bench.state()["doors"][door]["released"]:
            bench.do("door", door=door, do="open")
            self._over.wait(1.0)
            bench.do("door", door=door, do="close")


def _may_use(who: Person, machine: str) -> bool:
    """As far as the demo's own table tells; whom the manager certified since, it does not know."""
    point = next(point for point in _MACHINES if str(point.id) == machine)
    held = {"reglement", *who.certifications, *who.trainer_of}
    alone = point.requirement.supervisor.value == "no"
    groups = point.requirement.certifications
    return who.plan == "atelier" and alone and all(held & {*group} for group in groups)
