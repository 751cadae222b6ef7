"""A timeline of faults: days, opening hours, and marks with their names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.activity.messages import ActivityTextRenderer
from controller.capabilities.activity.rows import ActivityList, Row
from controller.capabilities.alarms.activity import is_active_alarm
from controller.capabilities.bookings.free import opening_hours
from controller.domain.facts import Site
from controller.domain.locale.time import clock
from controller.domain.time import Utc
from controller.kernel.activity import Part, Weight
from webui.i18n import _
from webui.i18n.dates import day_names

_CHAR_WIDTH_PERCENT = 0.85
"""Widest letter in percent of the line's width, on screens that show the line."""
_MIN_SPREAD_PERCENT = 1.0
"""Minimum distance between the first and the last mark, in percent of the line."""
_LONGEST_DAYS = 8
"""Over more days, the days' names would overlap."""
_MAX_MARKS = 12
"""At most this many marks are drawn."""
_LONGEST_NAME = 60
"""Longest name of a mark, in characters."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Band:
    """A day or an opening time; `x` and `width` are in percent of the line."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A fault on the line; its name is empty if there is no room for it."""

    x: float
    text: str
    is_bad: bool
    """Whether it goes on, or nobody has dealt with it yet; it is then drawn above the line."""
    is_name_on_left: bool
    """Whether the name is to the left of the mark, because there is no room to its right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The whole timeline."""

    days: tuple[Band, ...]
    open: tuple[Band, ...]
    marks: tuple[Mark, ...]
    description: str


def timeline(activity: ActivityList, site: Site, speaker: ActivityTextRenderer) -> Strip | None:
    """Return the timeline; None if all faults were at the same time, or it would be too long."""
    rows = sorted(_faults(activity), key=lambda row: row.activity.at)[:_MAX_MARKS]
    if not rows or activity.now - activity.since > timedelta(days=_LONGEST_DAYS):
        return None
    line, zone = _Line(activity.since, activity.now), ZoneInfo(site.time_zone)
    days = list(_days(activity, zone))
    titles = [speaker.say(row.activity.title) for row in rows]
    marks = tuple(_marks(line, rows, titles, zone))
    if marks[-1].x - marks[0].x < _MIN_SPREAD_PERCENT:
        return None
    return Strip(
        days=tuple(_day(line, day, zone) for day in days),
        open=tuple(_openings(line, days, activity, site)),
        marks=marks,
        description=", ".join(
            f"{speaker.at(row.activity.at)} {title}"
            for row, title in zip(rows, titles, strict=True)
        ),
    )


def _faults(activity: ActivityList) -> Iterator[Row]:
    for section in activity.sections:
        if section.part is Part.FAULTS:
            yield from (
                row for row in section.rows if activity.since <= row.activity.at <= activity.now
            )


class _Line:
    """Converts times to positions from 0 to 100 on the line."""

    def __init__(self, since: Utc, now: Utc) -> None:
        self._since, self._length_s = since, max((now - since).total_seconds(), 1.0)

    def at(self, moment: Utc) -> float:
        share = (moment - self._since).total_seconds() / self._length_s
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def band(self, start: Utc, end: Utc, text: str) -> Band:
        """Return a band, with its text only if the band is wide enough."""
        x, width = self.at(start), round(self.at(end) - self.at(start), 2)
        return Band(x, width, text if width > _CHAR_WIDTH_PERCENT * (len(text) + 1) else "")

    def without_overlap(self, day: Band, band: Band) -> Band:
        """Return the band, without its text if that would overlap the day's name."""
        starts = band.x + (band.width - _CHAR_WIDTH_PERCENT * len(band.text)) / 2
        is_clear = starts > day.x + _CHAR_WIDTH_PERCENT * (len(day.text) + 1)
        return band if is_clear else Band(band.x, band.width, "")


def _days(activity: ActivityList, zone: ZoneInfo) -> Iterator[date]:
    day, last = activity.since.astimezone(zone).date(), activity.now.astimezone(zone).date()
    while day <= last:
        yield day
        day += _DAY


def _day(line: _Line, day: date, zone: ZoneInfo) -> Band:
    end = Utc.midnight(day + _DAY, zone)
    return line.band(Utc.midnight(day, zone), end, day_names()[day.weekday()])


def _openings(
    line: _Line, days: Iterable[date], activity: ActivityList, site: Site
) -> Iterator[Band]:
    """Yield when the place was open; nothing if the place has no hours."""
    if site.schedules.get(site.opening or "") is None:
        return
    zone = ZoneInfo(site.time_zone)
    for day, (start, end) in (
        (opened_day, span) for opened_day in days for span in opening_hours(site, opened_day)
    ):
        if start < activity.now and end > activity.since:
            text = f"{clock(start, zone.key)} – {clock(end, zone.key)}"
            if (start, end) == (Utc.midnight(day, zone), Utc.midnight(day + _DAY, zone)):
                text = _("day and night")
            yield line.without_overlap(_day(line, day, zone), line.band(start, end, text))


def _marks(
    line: _Line, rows: Iterable[Row], titles: Iterable[str], zone: ZoneInfo
) -> Iterator[Mark]:
    """Yield the marks; a name that would overlap the one before it on the same side is left out."""
    free_from = {True: 0.0, False: 0.0}
    for row, title in zip(rows, titles, strict=True):
        text = f"{clock(row.activity.at, zone.key)} {title}"
        text = text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1].rstrip()}…"
        x, text_width = line.at(row.activity.at), _CHAR_WIDTH_PERCENT * len(text)
        is_open_fault = row.is_open and row.activity.weight is Weight.BAD
        is_bad = is_open_fault or is_active_alarm(row.activity)
        is_name_on_left = x + text_width > 100
        start = x - text_width if is_name_on_left else x
        has_room = start >= free_from[is_bad]
        if has_room:
            free_from[is_bad] = start + text_width
        yield Mark(x, text if has_room else "", is_bad, is_name_on_left)
