"""Incidents in the demo's day: an emergency stop, a lost badge and a silent box, and their end."""

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
DOORS = {"atelier": "porte-principale", "coworking": "porte-coworking"}
"""By plan, the door through which people come and go."""
SPARED = (AMINA, ZOE, KARIM)
"""People whose badges the demo's guide names: nothing happens to them."""
_SETTLES_S = 1.0
"""Longer than the debouncing of any input, and than a card stays at a reader."""

Deed = Callable[[SimBench], None]


@dataclass(frozen=True, slots=True)
class House:
    """What the demo's staff can do: use the API, and unplug boxes."""

    api: Api
    members: Mapping[str, str]
    """Ids by name."""
    boxes: Mapping[str, Process]
    """By the agent's id."""

    def inside(self) -> list[dict[str, Any]]:
        return self.api.all("/presence")

    def leaves(self, presence_id: str) -> None:
        """Sign somebody out at the desk."""
        self.api.call("POST", f"/presence/{presence_id}/check-out", {})

    def badge_of(self, row: int) -> str:
        """The id of the badge of the person in that row of PEOPLE."""
        member = self.members[PEOPLE[row].name]
        return str(self.api.get(f"/credentials?member_id={member}&limit=1")["items"][0]["id"])

    def badge_is(self, badge: str, what: str) -> None:
        """Report a badge as `lost`, or `restore` it."""
        self.api.call("POST", f"/credentials/{badge}/{what}", {})


@dataclass
class Troubles:
    """One incident at a time. Each ends after some turns of the day, or by `settle`."""

    house: House
    dice: Random
    wait: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)
    unusable: set[str] = field(default_factory=set)
    """Access points that can't be used now."""
    blocked: set[int] = field(default_factory=set)
    """Rows of PEOPLE whose badge is blocked."""
    _later: list[tuple[int, Deed]] = field(default_factory=list)
    """Actions that are still due, each with the number of turns until then."""
    _begun: int = 0

    @property
    def going_on(self) -> bool:
        """Whether an incident is going on."""
        return bool(self._later)

    def turn(self, bench: SimBench) -> None:
        """Do the actions that are due at this turn. Raises BenchError, HttpFailed."""
        self._later = [(turns - 1, deed) for turns, deed in self._later]
        for trouble in [trouble for trouble in self._later if trouble[0] <= 0]:
            trouble[1](bench)
            self._later.remove(trouble)  # kept if it raised: it is tried again at the next turn

    def settle(self, bench: SimBench) -> None:
        """End what is going on, without waiting for turns. Raises BenchError, HttpFailed."""
        while self.going_on:
            self.turn(bench)
            self.wait(_SETTLES_S)

    def begin(self, bench: SimBench, at_work: dict[str, int]) -> None:
        """Start the next of the three incidents. Raises BenchError, HttpFailed, ProcessFailed."""
        kinds = (self.emergency_stop, self.lost_badge, self.silent_box)
        self._begun += 1
        kinds[(self._begun - 1) % len(kinds)](bench, at_work)

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
            self._after(1, reset)

        def reset(bench: SimBench) -> None:
            karim = next(row for row, who in enumerate(PEOPLE) if who.name == KARIM)
            bench.do("tap", reader=machine, credential=credential_of(karim))
            self.unusable.discard(machine)

        self._after(3, release)

    def lost_badge(self, _bench: SimBench, at_work: dict[str, int]) -> None:
        """Block a lost badge at the desk; its finder tries it at a door; then restore it."""
        row = self.dice.choice(
            [member_number for member_number in _LOSERS if member_number not in at_work.values()]
        )
        badge = self.house.badge_of(row)
        self.house.badge_is(badge, "lost")
        self.blocked.add(row)

        def found(bench: SimBench) -> None:
            door = DOORS[PEOPLE[row].plan or ""]
            bench.do("tap", reader=door, credential=credential_of(row))
            self._after(2, restore)

        def restore(_bench: SimBench) -> None:
            self.house.badge_is(badge, "restore")
            self.blocked.discard(row)

        self._after(2, found)

    def silent_box(self, _bench: SimBench, at_work: dict[str, int]) -> None:
        """Cut the power of a box that nobody uses, for some turns."""
        busy = {*at_work, *self.unusable}
        idle = {name: points for name, points in _POINTS_OF.items() if not points & busy}
        if not idle:
            return
        self.unplug(self.dice.choice(sorted(idle)), 4)

    def unplug(self, name: str, turns: int) -> None:
        """Cut a box off its current, for so many turns."""
        box, points = self.house.boxes[name], _POINTS_OF[name] - self.unusable
        self.unusable |= points
        box.held = True
        os.kill(box.pid, signal.SIGKILL)

        def plug_in(_bench: SimBench) -> None:
            box.held = False
            self._after(2, usable)  # time to start, and to synchronise with the controller

        def usable(_bench: SimBench) -> None:
            self.unusable -= points

        self._after(turns, plug_in)

    def _after(self, turns: int, deed: Deed) -> None:
        self._later.append((turns, deed))


_LOSERS = tuple(
    row for row, who in enumerate(PEOPLE) if who.plan in DOORS and who.name not in SPARED
)
_POINTS_OF = {
    agent: {str(point.point.id) for point in POINTS if point.point.agent == agent}
    for agent in AGENTS
}
