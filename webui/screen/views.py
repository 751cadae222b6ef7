"""What the screen and the embedded fragment show, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.capabilities.screen.figures import Band, BusyReason, Figures, Machine, Room
from controller.capabilities.training.agenda import AgendaSession
from controller.domain.time import Utc
from webui.i18n import _, current, pgettext, plural
from webui.i18n.dates import clock, format_day
from webui.list_filter import natural_key
from webui.naming import read_label

FREE, COURSES, ROOMS = 5, 4, 5
"""How many lines of each kind fit at a size that is legible from five metres.

The rest is counted.
"""
MACHINE_LINES, SHORT, NAMES, LETTERS = 9, 6, 4, 28
"""Lines for all machines; with fewer than `SHORT` a group names one machine, else `NAMES`, whose
names take two lines if they have more letters."""
_LEVELS = {band: level for level, band in enumerate(Band)}
"""How many of four steps are lit, by band; no share of the places, which stays unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeLine:
    """A machine that is free, and until when."""

    name: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyLine:
    """A machine that is not free, with the reason and the end; or several machines without a known
    end."""

    at: str
    name: str
    look: str
    icon: str
    word: str
    more: str = ""
    """How many further machines have the same state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLine:
    """A coming course session."""

    day: str
    time: str
    name: str
    places: str
    is_nearly_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLine:
    """How full a room is, in words and as a number of four steps."""

    name: str
    word: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenView:
    """Data of the public screen, in words."""

    site: str
    open: bool
    state: str
    hours: str
    today: str
    time: str
    zone: str
    free: tuple[FreeLine, ...]
    more_free: str
    busy: tuple[BusyLine, ...]
    more_busy: str
    groups: tuple[BusyLine, ...]
    """Machines without a known end, by state."""
    courses: tuple[CourseLine, ...]
    rooms: tuple[RoomLine, ...]


def screen_view(figures: Figures, now: Utc) -> ScreenView:
    """Return the screen's data in the current language."""
    zone = ZoneInfo(figures.site.time_zone)
    free = [machine for machine in figures.machines if machine.busy_reason is None]
    busy = [
        machine
        for machine in figures.machines
        if machine.busy_reason and _has_known_end(machine, now)
    ]
    free.sort(key=lambda machine: machine.name.read(current()).casefold())
    busy.sort(key=lambda machine: machine.until or now)
    lines_left = MACHINE_LINES - min(FREE, len(free))
    groups = tuple(_groups(figures.machines, now, 1 if lines_left < SHORT else NAMES))
    group_lines = sum(1 + (len(group.name + group.more) > LETTERS) for group in groups)
    busy_lines = max(0, lines_left - group_lines)
    state, hours = _hours(figures, now, zone)
    return ScreenView(
        site=figures.site.name.read(current()) or figures.site.id,
        open=figures.is_open,
        state=state,
        hours=hours,
        today=format_day(now.astimezone(zone), "EEEE d MMMM"),
        time=clock(now, zone),
        zone=figures.site.time_zone,
        free=tuple(
            FreeLine(name=_name(machine), until=_closing_text(machine.until, now, zone))
            for machine in free[:FREE]
        ),
        more_free=_more_text(len(free) - FREE),
        busy=tuple(_busy_line(machine, now, zone) for machine in busy[:busy_lines]),
        more_busy=_more_text(len(busy) - busy_lines),
        groups=groups,
        courses=tuple(_course(course, now, zone) for course in figures.courses[:COURSES]),
        rooms=room_lines(figures.rooms),
    )


def room_lines(rooms: Sequence[Room]) -> tuple[RoomLine, ...]:
    """Return a line for each room that fits on the screen."""
    words = band_words()
    return tuple(
        RoomLine(
            name=room.name.read(current()) or room.id,
            word=words[room.band],
            level=_LEVELS[room.band],
        )
        for room in rooms[:ROOMS]
    )


def band_words() -> Mapping[Band, str]:
    """Return the labels of the bands."""
    return {
        Band.EMPTY: _("Empty"),
        Band.CALM: _("Calm"),
        Band.BUSY: _("Busy"),
        Band.NEARLY: _("Nearly full"),
        Band.FULL: _("Full"),
    }


def _more_text(number: int) -> str:
    return plural("and %(n)s more", "and %(n)s more", number) if number > 0 else ""


def _has_known_end(machine: Machine, now: Utc) -> bool:
    return machine.until is not None and machine.until > now


def _hours(figures: Figures, now: Utc, zone: ZoneInfo) -> tuple[str, str]:
    if figures.is_open:
        closes = figures.closes_at
        return _("Open"), _closing_text(closes, now, zone)
    if figures.opens_at is None:
        return _("Closed"), ""
    when = f"{_day(figures.opens_at, now, zone)} {clock(figures.opens_at, zone)}"
    return _("Closed"), _("opens %(when)s", when=when)


def _closing_text(at: Utc | None, now: Utc, zone: ZoneInfo) -> str:
    """Return the closing time if it is today; otherwise empty."""
    if at is None or at.astimezone(zone).date() != now.astimezone(zone).date():
        return ""
    return _("until %(time)s", time=clock(at, zone))


def _busy_line(machine: Machine, now: Utc, zone: ZoneInfo) -> BusyLine:
    look, icon, word = _looks()[machine.busy_reason or BusyReason.SILENT]
    at = machine.until or now
    today = at.astimezone(zone).date() == now.astimezone(zone).date()
    text = clock(at, zone) if today else _day(at, now, zone)
    return BusyLine(at=text, name=_name(machine), look=look, icon=icon, word=word)


def _groups(machines: Sequence[Machine], now: Utc, most: int) -> Iterator[BusyLine]:
    """Yield the machines without a known end by state, each with at most `most` names."""
    words = {BusyReason.USED: pgettext("machines", "In use")}
    for reason, (look, icon, word) in _looks().items():
        names = [
            _name(machine)
            for machine in machines
            if machine.busy_reason is reason and not _has_known_end(machine, now)
        ]
        if names:
            yield BusyLine(
                at="",
                name=", ".join(sorted(names, key=natural_key)[:most]),
                look=look,
                icon=icon,
                word=words.get(reason, word),
                more=_more_text(len(names) - most),
            )


def _name(machine: Machine) -> str:
    return machine.name.read(current()) or machine.id


def _looks() -> Mapping[BusyReason, tuple[str, str, str]]:
    """Return the style, icon and word of each reason, without mention of boxes."""
    return {
        BusyReason.USED: ("running", "play", _("In use")),
        BusyReason.COURSE: ("cooling", "graduation-cap", _("Course")),
        BusyReason.BOOKED: ("armed", "calendar-clock", _("Booked")),
        BusyReason.COOLING: ("cooling", "snowflake", _("Cooling down")),
        BusyReason.STOPPED: ("fault", "octagon-alert", _("Emergency stop")),
        BusyReason.OUT: ("out", "wrench", _("Out of service")),
        BusyReason.SILENT: ("offline", "circle-dashed", _("State unknown")),
    }


def _course(session: AgendaSession, now: Utc, zone: ZoneInfo) -> CourseLine:
    it = session.session
    name = (
        read_label(session.course) if session.course else it.theme or pgettext("course", "Session")
    )
    left = None if it.places is None else it.places - it.enrolled
    places = "" if left is None else plural("%(n)s place", "%(n)s places", left)
    if left is not None and left <= 0:
        places = _("full, waiting list open")
    return CourseLine(
        day=_day(it.starts_at, now, zone),
        time=clock(it.starts_at, zone),
        name=name,
        places=places,
        is_nearly_full=left is not None and 0 < left < 3,
    )


def _day(at: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Return the day in a short form: `auj.`, `demain`, `sam. 12`."""
    local: datetime = at.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    if days in (0, 1):
        return pgettext("short", "today") if days == 0 else _("tomorrow")
    return format_day(local, "EEE d")
