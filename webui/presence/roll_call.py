"""The roll of an evacuation as text, by room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import Evacuation, RollEntry
from controller.domain.facts import Site
from controller.domain.time import Utc
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, clock, moment
from webui.list_filter import natural_key
from webui.parts import Option

MAX_NAMES = 20
"""How many of those who are missing are named when the roll call is finished."""


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
    by_hand: bool
    """Whether it was added to the roll, and can be removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRoom:
    """The lines of one room, those who are still inside first."""

    name: str
    lines: tuple[RollLine, ...]
    heads: int
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The whole roll of the current evacuation."""

    id: str
    title: str
    drill: bool
    started: Moment
    by: str
    """Who started it; empty for a fire alarm."""
    seconds: int
    """How long it has been going on."""
    heads: int
    seen: int
    """How many people have been seen."""
    rooms: tuple[RollRoom, ...]
    choices: tuple[Option, ...]
    """The rooms in which somebody can be added."""

    @property
    def missing(self) -> int:
        """How many people have not been seen yet."""
        return self.heads - self.seen

    @property
    def elapsed(self) -> str:
        """The elapsed time: 2:24; 1:02:24."""
        minutes, seconds = divmod(self.seconds, 60)
        if minutes < 60:
            return f"{minutes}:{seconds:02}"
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"

    @property
    def inside(self) -> tuple[str, ...]:
        """The names of those who have not been seen yet; of a group, how many. Twenty at most."""
        lines = [line for room in self.rooms for line in room.lines if not line.seen]
        names = [
            line.name
            if line.heads == 1
            else _("%(name)s (%(n)s)", name=line.name, n=line.heads - line.seen_heads)
            for line in lines[:MAX_NAMES]
        ]
        if more := sum(line.heads - line.seen_heads for line in lines[MAX_NAMES:]):
            names.append(plural("%(n)s other person", "%(n)s other people", more))
        return tuple(names)


def roll_view(
    evacuation: Evacuation, entries: Sequence[RollEntry], site: Site, by: str, now: Utc
) -> Roll:
    """Return the roll in the current language, with the rooms in the order of their names."""
    zone = ZoneInfo(site.time_zone)
    names = {entry.zone_id: room_name(site, entry.zone_id) for entry in entries}
    return Roll(
        id=evacuation.id,
        title=_titles()[evacuation.kind],
        drill=evacuation.kind is EvacuationKind.DRILL,
        started=moment(clock(evacuation.started_at, zone), evacuation.started_at, zone),
        by=by,
        seconds=max(0, int((now - evacuation.started_at).total_seconds())),
        heads=evacuation.heads,
        seen=evacuation.seen,
        rooms=tuple(
            _room(names[key], [entry for entry in entries if entry.zone_id == key], zone)
            for key in sorted(names, key=lambda name: natural_key(names[name]))
        ),
        choices=tuple(
            sorted(
                (Option(value=key, text=room_name(site, key)) for key in site.zones),
                key=lambda option: natural_key(option.text),
            )
        ),
    )


def _titles() -> dict[EvacuationKind, str]:
    return {
        EvacuationKind.FIRE: _("Evacuation: fire alarm"),
        EvacuationKind.DESK: _("Evacuation"),
        EvacuationKind.DRILL: _("Evacuation drill"),
    }


def room_name(site: Site, key: str | None) -> str:
    """Return the name of a room of the roll; None: whoever is in by a course session."""
    if key is None:
        return _("In a session, no room recorded")
    zone = site.zones.get(key)
    return (zone.name.read(current()) if zone else "") or key


def _room(name: str, entries: Iterable[RollEntry], zone: ZoneInfo) -> RollRoom:
    lines = [_line(entry, zone) for entry in entries]
    return RollRoom(
        name=name,
        lines=tuple(sorted(lines, key=lambda line: bool(line.seen))),
        heads=sum(line.heads for line in lines),
        seen=sum(line.seen_heads for line in lines),
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
        by_hand=entry.by_hand,
    )
