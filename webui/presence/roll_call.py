"""The roll of an evacuation in words, by room, those who need help first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import Evacuation, RollEntry
from controller.domain.facts import Site
from controller.domain.time import Utc
from webui.i18n import _, current
from webui.i18n.dates import Moment, ago, clock, moment
from webui.list_filter import natural_key


@dataclass(frozen=True, slots=True, kw_only=True)
class RollLine:
    """One person or group.

    `seen` is when they were seen at the assembly point, empty if not yet.
    """

    id: str
    name: str
    heads: int
    needs_help: bool
    seen: str
    seen_heads: int
    supervisors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRoom:
    """The lines of one room; `missing` is how many people have not been seen yet."""

    name: str
    lines: tuple[RollLine, ...]
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The whole roll of the current evacuation."""

    id: str
    title: str
    drill: bool
    since: Moment
    heads: int
    seen: int
    """How many people have been seen."""
    rooms: tuple[RollRoom, ...]

    @property
    def missing(self) -> int:
        """How many people have not been seen yet."""
        return self.heads - self.seen


def roll_view(found: Evacuation, entries: Sequence[RollEntry], site: Site, now: Utc) -> Roll:
    """Return the roll in the current language, with the rooms in the order of their names."""
    zone = ZoneInfo(site.time_zone)
    since = f"{clock(found.started_at, zone)}, {ago(found.started_at, now)}"
    names = {entry.zone_id: _name(site, entry.zone_id) for entry in entries}
    return Roll(
        id=found.id,
        title=_titles()[found.kind],
        drill=found.kind is EvacuationKind.DRILL,
        since=moment(since, found.started_at, zone),
        heads=found.heads,
        seen=found.seen,
        rooms=tuple(
            _room(names[key], [entry for entry in entries if entry.zone_id == key], zone)
            for key in sorted(names, key=lambda name: natural_key(names[name]))
        ),
    )


def _titles() -> dict[EvacuationKind, str]:
    return {
        EvacuationKind.FIRE: _("Evacuation: fire alarm"),
        EvacuationKind.DESK: _("Evacuation"),
        EvacuationKind.DRILL: _("Evacuation drill"),
    }


def _name(site: Site, key: str) -> str:
    zone = site.zones.get(key)
    return (zone.name.read(current()) if zone else "") or key


def _room(name: str, entries: Iterable[RollEntry], zone: ZoneInfo) -> RollRoom:
    entries = list(entries)
    missing = sum(entry.heads - entry.seen_heads for entry in entries)
    return RollRoom(
        name=name, lines=tuple(_line(entry, zone) for entry in entries), missing=missing
    )


def _line(entry: RollEntry, zone: ZoneInfo) -> RollLine:
    return RollLine(
        id=entry.id,
        name=entry.name or _("Somebody"),
        heads=entry.heads,
        needs_help=entry.needs_help,
        seen=clock(entry.seen_at, zone) if entry.seen_at else "",
        seen_heads=entry.seen_heads,
        supervisors=entry.supervisors or "",
    )
