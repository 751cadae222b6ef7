"""The door and the room that a member can enter most easily."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.capabilities.access.explain import PointDecision
from controller.domain.facts import PointKind

DoorObstacle = tuple[bool, int]
"""Whether a door denies the member now, and how many rights they lack there."""


@dataclass(frozen=True, slots=True)
class Entrances:
    """What the member lacks at each door, and for each room that has a door."""

    doors: Mapping[str, DoorObstacle] = field(default_factory=dict)
    rooms: Mapping[str, DoorObstacle] = field(default_factory=dict)

    def room(self, rooms: Sequence[str]) -> str:
        """Return the room, of these, that is entered most easily; empty if there are none."""
        return min(rooms, key=lambda room: self.rooms.get(room, _NO_DOOR), default="")

    def door(self, doors: Sequence[str]) -> str:
        """Return the door, of these, that opens most easily; empty if there are none."""
        return min(doors, key=lambda door: self.doors.get(door, _NO_DOOR), default="")

    def is_shut(self, room: str) -> bool:
        """Whether no door of this room opens now, while another room's does."""
        opens = any(not shut for shut, _count in self.rooms.values())
        return opens and self.rooms.get(room, (False, 0))[0]


_NO_DOOR = (True, 1000)
"""An obstacle that is worse than any door's."""


def easiest_entry(decisions: Sequence[PointDecision]) -> Entrances:
    """Return what stands in the way at each door and room."""
    doors, rooms = {}, dict[str, DoorObstacle]()
    for verdict in decisions:
        if verdict.point.kind is PointKind.DOOR:
            obstacle = not verdict.decision.granted, len(verdict.missing_rights)
            doors[str(verdict.point.id)] = obstacle
            if room := verdict.point.zone:
                rooms[str(room)] = min(obstacle, rooms.get(str(room), obstacle))
    return Entrances(doors, rooms)
