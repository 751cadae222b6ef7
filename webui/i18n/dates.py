"""Format times the way people say them, each with the exact time for its tooltip."""

import re
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import lru_cache
from math import ceil
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_day_names

from controller.domain.facts import Language
from controller.domain.time import Utc
from webui.i18n import _, locale

Zone = ZoneInfo
_DAY = timedelta(days=1)
_FIRST = re.compile(r"\b1(?= [^\W\d]|$)")
"""Matches the 1 of the first of a month, which French writes as an ordinal."""

_DATE = re.compile(r"\d{1,2}(er)?[ \u00a0][^\W\d]")
_BEFORE_MONTH = re.compile(r"(?<=\d) (?=[^\W\d])|(?<=\der) (?=[^\W\d])")
"""Matches the space between a day and its month, where no line breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as a page shows it: a short text, the exact time, and ISO 8601."""

    text: str
    exact: str
    iso: str

    @property
    def is_date(self) -> bool:
        """Whether the text begins with a date: `depuis le 3 mai`, but `depuis 14:02`."""
        return is_date(self.text)


def is_date(text: str) -> bool:
    """Return whether a time's text begins with a date, before which French puts an article."""
    return _DATE.match(text) is not None


def clock(at: Utc, zone: ZoneInfo) -> str:
    """Return the local time of day: 14:02."""
    # not by Babel: it is the same in every language, and a page has a hundred
    return f"{at.astimezone(zone):%H:%M}"


def format_day(day: date, pattern: str) -> str:
    """Format a date in the page's language by one of Babel's patterns: mardi 1er décembre, 2
    décembre."""
    return _format_day(day, pattern, locale())


@lru_cache(maxsize=4096)
def _format_day(day: date, pattern: str, where: Locale) -> str:
    """Format a date; cached, as a page shows the same days in each of its lines."""
    text = _with_ordinal_first(format_date(day, pattern, locale=where), where)
    return _BEFORE_MONTH.sub("\u00a0", text)


def _with_ordinal_first(text: str, where: Locale) -> str:
    return _FIRST.sub("1er", text) if where.language == Language.FR else text


def day(at: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Return the local date, with the year only if it is not the current one: 3 mai, 3 mai 2027."""
    local = at.astimezone(zone).date()
    same_year = local.year == now.astimezone(zone).year
    return format_day(local, "d MMMM" if same_year else "d MMMM y")


def last_date(end: Utc, zone: ZoneInfo) -> date:
    """Return the last date before an end; an end at midnight belongs to the day before."""
    return (end - timedelta(milliseconds=1)).astimezone(zone).date()


def last_day(end: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Return the last date before an end, formatted as `day` does."""
    return day(Utc.of(end - timedelta(milliseconds=1)), now, zone)


def last_day_or_time(end: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Return the last day before an end at midnight; of another end, the day and the time."""
    if (at := clock(end, zone)) == "00:00":
        return last_day(end, now, zone)
    return _("%(day)s at %(time)s", day=day(end, now, zone), time=at)


def day_names() -> dict[int, str]:
    """Return the names of the days, from Monday, 0, to Sunday, 6."""
    return dict(get_day_names("wide", locale=locale()))


def format_relative(at: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Format a time relative to today: 14:02; hier à 14:02; demain à 9:00; 3 mai."""
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0:
        return clock(at, zone)
    if days == -1:
        return _("yesterday at %(time)s", time=clock(at, zone))
    if days == 1:
        return _("tomorrow at %(time)s", time=clock(at, zone))
    return day(at, now, zone)


def format_until(at: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Format an end: 14:02; minuit; demain à 9:00; samedi à 14:02; 3 mai à 14:02.

    Midnight counts as the end of the day before.
    """
    local = at.astimezone(zone)
    today = now.astimezone(zone).date()
    is_midnight = (local.hour, local.minute) == (0, 0)
    last = local.date() - timedelta(days=is_midnight and local.date() != today)
    time = _("midnight") if is_midnight else clock(at, zone)
    days = (last - today).days
    if days == 0:
        return time
    if days == 1:
        return _("tomorrow at %(time)s", time=time)
    if days == -1:
        return _("yesterday at %(time)s", time=time)
    pattern = "d MMMM" if last.year == now.astimezone(zone).year else "d MMMM y"
    shown = day_names()[last.weekday()] if 1 < days < 7 else format_day(last, pattern)
    return _("%(day)s at %(time)s", day=shown, time=time)


def ago(at: Utc, now: Utc) -> str:
    """Format how long ago a time was: il y a 6 min; à l’instant under 10 seconds."""
    elapsed = now - at
    if elapsed < timedelta(seconds=10):
        return _("just now")
    # months and minutes have the same short form
    length: Literal["short", "long"] = "short" if elapsed < _DAY else "long"
    return format_timedelta(-elapsed, add_direction=True, format=length, locale=locale())


def format_remaining(seconds: float) -> str:
    """Format a remaining time, rounded up: 40 s, 4 min, 1 h 05 min."""
    whole = max(0, ceil(seconds))
    if whole < 60:
        return _("%(n)s s", n=whole)
    hours, minutes = divmod(ceil(whole / 60), 60)
    if hours == 0:
        return _("%(n)s min", n=minutes)
    if minutes == 0:
        return _("%(n)s h", n=hours)
    return _("%(hours)d h %(minutes)02d min", hours=hours, minutes=minutes)


def exact(at: Utc, zone: ZoneInfo) -> str:
    """Format the complete local time, for a tooltip."""
    return _exact(at, zone, locale())


@lru_cache(maxsize=4096)
def _exact(at: Utc, zone: ZoneInfo, where: Locale) -> str:
    """Format a time; cached, as lists show the same times at each refresh."""
    text = format_datetime(at, "EEEE d MMMM y, HH:mm:ss", tzinfo=zone, locale=where)
    return _with_ordinal_first(text, where)


def relative(at: Utc, now: Utc, zone: ZoneInfo) -> Moment:
    """Return a time relative to today, with the exact time."""
    return moment(format_relative(at, now, zone), at, zone)


def moment(text: str, at: Utc, zone: ZoneInfo) -> Moment:
    """Return a text about a time, with the exact time."""
    return Moment(text=text, exact=exact(at, zone), iso=at.astimezone(UTC).isoformat())


# Names of months, which are given as `2026-11`, in the page's language.


def month_name(month: str) -> str:
    """Return the name with the year: `novembre 2026`."""
    return _format(month, "LLLL y")


def short_month(month: str) -> str:
    """Return the short name: `nov.`."""
    return _format(month, "LLL")


def month_beside(month: str, shown: str) -> str:
    """Return the short name, with the year if it differs from the shown month's: `déc.`."""
    return _format(month, "LLL" if month[:4] == shown[:4] else "LLL y")


def _format(month: str, pattern: str) -> str:
    return format_day(date.fromisoformat(f"{month}-01"), pattern)
