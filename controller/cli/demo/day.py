"""The simulated day of the demo: people come, use machines and leave, and things go wrong."""

import logging
import threading
from dataclasses import dataclass, field
from random import Random

from controller.cli.demo.incidents import DOORS, Staff, Troubles
from controller.cli.demo.people import PEOPLE, Person, credential_of
from controller.cli.demo.place import POINTS
from controller.cli.demo.processes import ProcessFailed
from controller.cli.http import HttpFailed
from controller.domain.facts import AccessPoint, PointKind
from devices.sim.client import BenchError, SimBench

_SEED = 20260113
_EVERY_S = (6.0, 25.0)
"""Seconds between two actions."""
_MACHINES = tuple(wired.point for wired in POINTS if wired.point.kind is PointKind.MACHINE)
_TROUBLE = 0.12
"""Probability that something goes wrong instead of an action, unless something already has."""
_RUNNING_AT_MOST = 4
_MIN_PRESENT = 6
"""Number of people; nobody leaves while at most this many are in."""

_PRESSED_S = 0.3
"""Seconds for which a button is pressed, longer than any debouncing."""

_log = logging.getLogger(__name__)


@dataclass
class Day:
    """Operates the simulated hardware as people would, in a thread, until stopped."""

    socket: str
    dice: Random = field(default_factory=lambda: Random(_SEED))  # noqa: S311  the same day each time
    at_work: dict[str, int] = field(default_factory=dict)
    """Users of machines, as their index in PEOPLE."""
    staff: Staff | None = None
    """None: nobody leaves, and nothing goes wrong."""
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.troubles = Troubles(self.staff, self.dice, self._stopped.wait) if self.staff else None
        self._is_paused = False

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="day", daemon=True).start()

    def hurry(self, count: int) -> None:
        """Do `count` actions at once, to show something immediately. Raises BenchError."""
        with SimBench(self.socket) as bench:
            for _ in range(count):
                self.act(bench)

    def stop(self) -> None:
        """Stop; machines that are on stay on."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self.dice.uniform(*_EVERY_S)):
            try:
                with SimBench(self.socket) as bench:
                    self.turn(bench)
            except (BenchError, HttpFailed, ProcessFailed, OSError) as problem:
                _log.debug(
                    "the day pauses: %s", problem
                )  # processes that were killed are restarted

    def turn(self, bench: SimBench) -> None:
        """Do one action; if the Bench page has paused the day, only repair what is wrong.

        Raises BenchError, HttpFailed, ProcessFailed.
        """
        # asks the bench whether somebody has paused the day; "play" does not resume it
        if bench.do("day", do="play")["day"] == "paused":
            if self.troubles and not self._is_paused:
                self.troubles.settle(bench)
            self._is_paused = True
            return
        self._is_paused = False
        if self.troubles is None:
            self.act(bench)
            return
        self.troubles.turn(bench)
        if not self.troubles.has_incident and self.dice.random() < _TROUBLE:
            self.troubles.begin(bench, self.at_work)
        else:
            self.act(bench)

    def act(self, bench: SimBench) -> None:
        """Do one action of a simulated person. Raises BenchError, HttpFailed."""
        chance = self.dice.random()
        if self.at_work and (len(self.at_work) >= _RUNNING_AT_MOST or chance < 0.3):
            self._finish(bench)
        elif chance < 0.65:
            self._begin_session(bench)
        elif chance < 0.72:
            self._try_in_vain(bench)
        elif chance < 0.87 or self._is_calm():
            self.come_in(bench)
        else:
            self._leave(bench)

    def _begin_session(self, bench: SimBench) -> None:
        machine = str(self.dice.choice(self._free()).id)
        allowed = [row for row, who in enumerate(PEOPLE) if _may_use(who, machine)]
        idle = [row for row in allowed if row not in self._busy()]
        if idle:
            row = self.at_work[machine] = self.dice.choice(idle)
            if self.staff and PEOPLE[row].name not in self.staff.names_inside():
                self.come_in(bench, row)
            bench.do("tap", reader=machine, credential=credential_of(row))
            bench.do("job", machine=machine, running=True)

    def _finish(self, bench: SimBench) -> None:
        machine = self.dice.choice(sorted(self.at_work))
        row = self.at_work.pop(machine)
        bench.do("job", machine=machine, running=False)
        bench.do("tap", reader=machine, credential=credential_of(row))

    def _try_in_vain(self, bench: SimBench) -> None:
        machine = str(self.dice.choice(self._free()).id)
        rows = [row for row, who in enumerate(PEOPLE) if not _may_use(who, machine)]
        bench.do("tap", reader=machine, credential=credential_of(self.dice.choice(rows)))

    def come_in(self, bench: SimBench, row: int | None = None) -> None:
        """Let the person at that position in PEOPLE enter, or anybody. Raises BenchError."""
        if row is None:
            rows = [row for row, who in enumerate(PEOPLE) if who.plan in DOORS]
            row = self.dice.choice([row for row in rows if row not in self._busy()])
        door = DOORS[PEOPLE[row].plan or ""]
        bench.do("tap", reader=door, credential=credential_of(row))
        self._walk_through(bench, door)

    def _is_calm(self) -> bool:
        """Return whether too few people are in for anybody to leave."""
        return self.staff is not None and len(self.staff.inside()) <= _MIN_PRESENT

    def _leave(self, bench: SimBench) -> None:
        """Let somebody leave with the door's push-button, and check them out at the desk."""
        if self.staff is None:
            return
        rows = {self.staff.members[who.name]: row for row, who in enumerate(PEOPLE)}
        inside = [presence for presence in self.staff.inside() if presence["member_id"] in rows]
        leaving = [
            presence for presence in inside if rows[presence["member_id"]] not in self._busy()
        ]
        if not leaving:
            return
        who = self.dice.choice(leaving)
        door = DOORS[PEOPLE[rows[who["member_id"]]].plan or "atelier"]
        bench.do("press", contact=f"{door}/rex", active=True)
        self._stopped.wait(_PRESSED_S)
        bench.do("press", contact=f"{door}/rex", active=False)
        self._walk_through(bench, door)
        self.staff.check_out(who["id"])

    def _walk_through(self, bench: SimBench, door: str) -> None:
        self._stopped.wait(0.5)  # the strike, then a hand on the handle
        if bench.state()["doors"][door]["released"]:
            bench.do("door", door=door, do="open")
            self._stopped.wait(1.0)
            bench.do("door", door=door, do="close")

    def _free(self) -> list[AccessPoint]:
        unusable = self.troubles.unusable if self.troubles else ()
        unavailable = {*self.at_work, *unusable}
        return [point for point in _MACHINES if str(point.id) not in unavailable]

    def _busy(self) -> set[int]:
        """People who are using a machine or have lost their badge."""
        return {*self.at_work.values(), *(self.troubles.blocked if self.troubles else ())}


def _may_use(who: Person, machine: str) -> bool:
    """Return whether the demo's table allows it; later certifications are not considered."""
    point = next(point for point in _MACHINES if str(point.id) == machine)
    certifications = {"reglement", *who.certifications, *who.trainer_of}
    alone = point.requirement.supervisor.value == "no"
    groups = point.requirement.certifications
    return who.plan == "atelier" and alone and all(certifications & {*group} for group in groups)
