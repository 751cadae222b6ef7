"""Which machines require which certification, and in which rooms: the columns of the matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.places import zones
from controller.kernel.database import Session
from webui.guard import actor
from webui.naming import read_label
from webui.paging import all_items


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiringMachines:
    """By certification, the machines that require it, and their rooms."""

    machines: Mapping[str, tuple[str, ...]]
    rooms: Mapping[str, frozenset[str]]
    """Ids of the rooms, by certification."""
    names: Mapping[str, str]

    def asked_in(self, zone: str) -> frozenset[str]:
        """Return the certifications that machines of that room require."""
        return frozenset(key for key, where in self.rooms.items() if zone in where)


def read_requiring_machines(db: Session) -> RequiringMachines:
    """Read them for the page's site."""
    who = actor()
    points: Sequence[AccessPoint] = all_items(
        lambda at: access_points.page(db, actor=who, cursor=at)
    )
    machines: dict[str, tuple[str, ...]] = {}
    rooms: dict[str, frozenset[str]] = {}
    for point in points:
        for key in _required_certifications(point):
            machines[key] = (*machines.get(key, ()), read_label(point.name))
            if point.zone_id:
                rooms[key] = rooms.get(key, frozenset()) | {point.zone_id}
    every = all_items(lambda at: zones.page(db, actor=who, cursor=at))
    return RequiringMachines(
        machines=machines, rooms=rooms, names={zone.id: read_label(zone.name) for zone in every}
    )


def _required_certifications(point: AccessPoint) -> set[str]:
    """Return all certifications that its rule names; one of them may be enough."""
    groups = point.requirement.certifications
    return {key for group in groups for key in ((group,) if isinstance(group, str) else group)}
