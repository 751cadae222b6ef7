"""The roll of an evacuation in words: by room, those who need help first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import Evacuation, RollEntry
from controller.domain.facts import Site
from controller.domain.time import Utc
from webui.i18n import _, current
from webui.i18n.dates import Moment, ago, clock, moment
from webui.narrowing import in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class RollLine:
    """Somebody who was in; `seen`: at what time at the assembly point, empty if not yet."""

    id: str
    name: str
    heads: int
    needs_help: bool
    seen: str
    seen_heads: int
    supervisors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRoom:
    """Those of one room; `missing`: heads not seen yet."""

    name: str
    lines: tuple[RollLine, ...]
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The whole roll, while it goes on."""

    id: str
    title: str
    drill: bool
    since: Moment
    heads: int
    seen: int
    rooms: tuple[RollRoom, ...]

    @property
    def missing(self) -> int:
        """Heads not seen yet."""
        return self.heads - self.seen


def roll_view(found: Evacuation, entries: Sequence[RollEntry], site: Site, now: Utc) -> Roll:
    """In the current language; rooms by name."""
    zone = ZoneInfo(site.time_zone)
    since = f"{clock(found.started_at, zone)}, {ago(found.started_at, now)}"
    names = {each.zone_id: _name(site, each.zone_id) for each in entries}
    return Roll(
        id=found.id,
        title=_titles()[found.kind],
        drill=found.kind is EvacuationKind.DRILL,
        since=moment(since, found.started_at, zone),
        heads=found.heads,
        seen=found.seen,
        rooms=tuple(
            _room(names[key], [each for each in entries if each.zone_id == key], zone)
            for key in sorted(names, key=lambda each: in_order(names[each]))
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
    missing = sum(each.heads - each.seen_heads for each in entries)
    return RollRoom(name=name, lines=tuple(_line(each, zone) for each in entries), missing=missing)


def _line(each: RollEntry, zone: ZoneInfo) -> RollLine:
    return RollLine(
        id=each.id,
        name=each.name or _("Somebody"),
        heads=each.heads,
        needs_help=each.needs_help,
        seen=clock(each.seen_at, zone) if each.seen_at else "",
        seen_heads=each.seen_heads,
        supervisors=each.supervisors or "",
    )
