"""From when until when a plan is given, as a form says it, in the site's days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.time import Utc
from webui.i18n import _
from webui.parts import Option

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
ENDLESS = "endless"
UNTIL = "until"


class NoPeriod(ValueError):
    """What was typed is no day, or the end is before the start; the message is for people."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment, until another or without end."""

    start: Utc
    end: Utc | None


def lengths() -> tuple[Option, ...]:
    """What a form offers."""
    return (
        Option(value="year", text=_("un an")),
        Option(value="half", text=_("six mois")),
        Option(value="quarter", text=_("trois mois")),
        Option(value="month", text=_("un mois")),
        Option(value=ENDLESS, text=_("sans fin")),
        Option(value=UNTIL, text=_("jusqu’au jour dit")),
    )


def read(length: str, day: str, start: Utc, zone: ZoneInfo) -> Period:
    """A length from a moment on, or until the end of a typed day. Raises NoPeriod."""
    if length == ENDLESS:
        return Period(start, None)
    if length in _MONTHS:
        return Period(start, _at(_later(start.astimezone(zone).date(), _MONTHS[length]), zone))
    if length != UNTIL:
        raise NoPeriod(_("Choisissez une durée."))
    end = _at(_day(day) + timedelta(days=1), zone)
    if end <= start:
        raise NoPeriod(_("La fin doit venir après le début."))
    return Period(start, end)


def begins(day: str, now: Utc, zone: ZoneInfo) -> Utc:
    """The start of a typed day, or now. Raises NoPeriod."""
    if not day:
        return now
    start = _at(_day(day), zone)
    return now if start <= now and _day(day) == now.astimezone(zone).date() else start


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise NoPeriod(_("« %(day)s » n’est pas un jour.", day=text[:20])) from problem


def _at(day: date, zone: ZoneInfo) -> Utc:
    return Utc.of(datetime.combine(day, time(0), zone))


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(day.year + years, month + 1, last)
        except ValueError:
            continue
    return date(day.year + years, month + 1, day.day)
