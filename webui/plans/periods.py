"""From when until when a plan is given, as a form says it, in the site's days."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.plans.lengths import Length, add_length, renewed_end
from controller.domain.time import Utc
from webui.i18n import _
from webui.parts import Option

YEARS = range(2000, 2200)
"""Of the days that can be typed: another is a slip of the hand."""
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
    """Options of the length field."""
    return (
        *whole(),
        Option(value=ENDLESS, text=_("no end date")),
        Option(value=UNTIL, text=_("until the chosen day")),
    )


def whole() -> tuple[Option, ...]:
    """Those that end on their own."""
    return (
        Option(value=Length.YEAR, text=_("a year")),
        Option(value=Length.HALF, text=_("six months")),
        Option(value=Length.QUARTER, text=_("three months")),
        Option(value=Length.MONTH, text=_("a month")),
    )


def read(length: str, day: str, start: Utc, zone: ZoneInfo, *, goes_on: bool = False) -> Period:
    """A length from a moment on, or until the end of a typed day; `goes_on`: it prolongs another.

    Raises NoPeriod, for both of them too: neither is dropped in silence.
    """
    if day and length != UNTIL:
        raise NoPeriod(
            _(
                "Choose either a length or a last day: select “until the chosen day”, or clear "
                "the day."
            )
        )
    if length == ENDLESS:
        return Period(start, None)
    if length in list(Length):
        return Period(start, (renewed_end if goes_on else add_length)(start, Length(length), zone))
    if length != UNTIL:
        raise NoPeriod(_("Choose a length."))
    end = Utc.midnight(_day(day) + timedelta(days=1), zone)
    if end <= start:
        raise NoPeriod(_("The end must come after the start."))
    return Period(start, end)


def begins(day: str, now: Utc, zone: ZoneInfo) -> Utc:
    """The start of a typed day, or now. Raises NoPeriod."""
    if not day:
        return now
    start = Utc.midnight(_day(day), zone)
    return now if start <= now and _day(day) == now.astimezone(zone).date() else start


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise NoPeriod(_("“%(day)s” is not a day.", day=text[:20])) from problem
    if day.year not in YEARS:
        raise NoPeriod(_("“%(day)s”: that year is not valid.", day=text[:20]))
    return day
