"""By which door and into which room somebody comes: where the least is wanting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.capabilities.access.explain import PointDecision
from controller.domain.facts import PointKind

Wanting = tuple[bool, int]
"""Whether a door stays shut now, and how many rights are wanting there."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """What is wanting at each door, and to come into each room that has one."""

    doors: Mapping[str, Wanting] = field(default_factory=dict)
    rooms: Mapping[str, Wanting] = field(default_factory=dict)

    def room(self, rooms: Sequence[str]) -> str:
        """The first of those of which the least is wanting; empty: there are none."""
        return min(rooms, key=lambda room: self.rooms.get(room, _NO_DOOR), default="")

    def door(self, doors: Sequence[str]) -> str:
        """The same of doors."""
        return min(doors, key=lambda door: self.doors.get(door, _NO_DOOR), default="")

    def is_shut(self, room: str) -> bool:
        """Whether none of its doors opens now, where another room's does."""
        opens = any(not shut for shut, _count in self.rooms.values())
        return opens and self.rooms.get(room, (False, 0))[0]


_NO_DOOR = (True, 1000)


def way_in(judged: Sequence[PointDecision]) -> WayIn:
    """Read from what a tap at each door would be answered."""
    doors, rooms = {}, dict[str, Wanting]()
    for verdict in judged:
        if verdict.point.kind is PointKind.DOOR:
            found = not verdict.decision.granted, len(verdict.lacks)
            doors[str(verdict.point.id)] = found
            if room := verdict.point.zone:
                rooms[str(room)] = min(found, rooms.get(str(room), found))
    return WayIn(doors, rooms)
