"""Incidents in the demo's day: an emergency stop, a lost badge and an offline box."""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from controller.cli.demo.people import AMINA, KARIM, PEOPLE, ZOE, credential_of
from controller.cli.demo.place import AGENTS, POINTS
from controller.cli.demo.processes import Process
from controller.cli.http import Api
from devices.sim.client import SimBench

STOPPABLE = tuple(str(point.point.id) for point in POINTS if point.estop_pin is not None)
"""Machines with an emergency stop."""
DOORS = {"atelier": "porte-principale", "coworking": "porte-coworking"}
"""The door that members use, by the id of their plan."""
SPARED = (AMINA, ZOE, KARIM)
"""Members whom the demo's guide names; they never lose their badge."""
_SETTLES_S = 1.0
"""Pause in seconds: longer than any input's debouncing, and than a card stays at a reader."""

Action = Callable[[SimBench], None]
"""A delayed action on the simulated hardware."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Actions of the demo's staff, through the API and at the boxes."""

    api: Api
    members: Mapping[str, str]
    boxes: Mapping[str, Process]
    """Processes of the boxes by agent id."""

    def inside(self) -> list[dict[str, Any]]:
        """Return the members who are in now."""
        return self.api.all("/presence")

    def names_inside(self) -> set[str]:
        """Return the names of the members who are in now."""
        names = {member: name for name, member in self.members.items()}
        return {names.get(presence["member_id"], "") for presence in self.inside()}

    def check_out(self, presence_id: str) -> None:
        """Check somebody out at the desk."""
        self.api.call("POST", f"/presence/{presence_id}/check-out", {})

    def badge_of(self, row: int) -> str:
        """Return the id of the badge of the person at that position in PEOPLE."""
        member = self.members[PEOPLE[row].name]
        return str(self.api.get(f"/credentials?member_id={member}&limit=1")["items"][0]["id"])

    def change_badge(self, badge: str, action: str) -> None:
        """Report a badge as lost, or restore it; `action` is `lost` or `restore`."""
        self.api.call("POST", f"/credentials/{badge}/{action}", {})


@dataclass
class Troubles:
    """Runs one incident at a time. Each ends after some turns of the day, or by `settle`."""

    staff: Staff
    dice: Random
    wait: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)
    unusable: set[str] = field(default_factory=set)
    """Access points that can't be used now."""
    blocked: set[int] = field(default_factory=set)
    """Positions in PEOPLE of members whose badge is blocked."""
    _later: list[tuple[int, Action]] = field(default_factory=list)
    """Actions that are still due, each with the number of turns until then."""
    _count: int = 0

    @property
    def has_incident(self) -> bool:
        """Return whether there is an incident now."""
        return bool(self._later)

    def turn(self, bench: SimBench) -> None:
        """Do the actions that are due at this turn. Raises BenchError, HttpFailed."""
        self._later = [(turns - 1, action) for turns, action in self._later]
        for trouble in [trouble for trouble in self._later if trouble[0] <= 0]:
            trouble[1](bench)
            self._later.remove(trouble)  # stays if it raised, and is tried again at the next turn

    def settle(self, bench: SimBench) -> None:
        """End the current incident without waiting for turns. Raises BenchError, HttpFailed."""
        while self.has_incident:
            self.turn(bench)
            self.wait(_SETTLES_S)

    def begin(self, bench: SimBench, at_work: dict[str, int]) -> None:
        """Start the next of the three incidents. Raises BenchError, HttpFailed, ProcessFailed."""
        kinds = (self.emergency_stop, self.lost_badge, self.silent_box)
        self._count += 1
        kinds[(self._count - 1) % len(kinds)](bench, at_work)

    def emergency_stop(self, bench: SimBench, at_work: dict[str, int]) -> None:
        """Press an emergency stop; later release it, and have a maintainer reset the machine."""
        usable = [machine_id for machine_id in STOPPABLE if machine_id not in self.unusable]
        if not usable:
            return
        machine = self.dice.choice(usable)
        self.unusable.add(machine)
        bench.do("press", contact=f"{machine}/estop", active=True)
        if at_work.pop(machine, None) is not None:
            bench.do("job", machine=machine, running=False)

        def release(bench: SimBench) -> None:
            bench.do("press", contact=f"{machine}/estop", active=False)
            self._run_after(1, reset)

        def reset(bench: SimBench) -> None:
            karim = next(row for row, who in enumerate(PEOPLE) if who.name == KARIM)
            bench.do("tap", reader=machine, credential=credential_of(karim))
            self.unusable.discard(machine)

        self._run_after(3, release)

    def lost_badge(self, _bench: SimBench, at_work: dict[str, int]) -> None:
        """Block a lost badge at the desk; its finder tries it at a door; then restore it."""
        row = self.dice.choice(
            [member_number for member_number in _LOSERS if member_number not in at_work.values()]
        )
        badge = self.staff.badge_of(row)
        self.staff.change_badge(badge, "lost")
        self.blocked.add(row)

        def try_badge(bench: SimBench) -> None:
            door = DOORS[PEOPLE[row].plan or ""]
            bench.do("tap", reader=door, credential=credential_of(row))
            self._run_after(2, restore)

        def restore(_bench: SimBench) -> None:
            self.staff.change_badge(badge, "restore")
            self.blocked.discard(row)

        self._run_after(2, try_badge)

    def silent_box(self, _bench: SimBench, at_work: dict[str, int]) -> None:
        """Cut the power of a box whose machines nobody uses, for some turns."""
        busy = {*at_work, *self.unusable}
        idle = {name: points for name, points in _POINTS_OF.items() if not points & busy}
        if not idle:
            return
        self.unplug(self.dice.choice(sorted(idle)), 4)

    def unplug(self, name: str, turns: int) -> None:
        """Cut the power of a box for this many turns."""
        box, points = self.staff.boxes[name], _POINTS_OF[name] - self.unusable
        self.unusable |= points
        box.stays_down = True
        os.kill(box.pid, signal.SIGKILL)

        def plug_in(_bench: SimBench) -> None:
            box.stays_down = False
            self._run_after(2, make_usable)  # time to start, and to synchronise with the controller

        def make_usable(_bench: SimBench) -> None:
            self.unusable -= points

        self._run_after(turns, plug_in)

    def _run_after(self, turns: int, action: Action) -> None:
        self._later.append((turns, action))


_LOSERS = tuple(
    row for row, who in enumerate(PEOPLE) if who.plan in DOORS and who.name not in SPARED
)
_POINTS_OF = {
    agent: {str(point.point.id) for point in POINTS if point.point.agent == agent}
    for agent in AGENTS
}
