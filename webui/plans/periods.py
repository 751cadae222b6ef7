"""The period of a subscription from a form: a start, and a length or a last day, at the site."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.plans.lengths import Length, add_length, renewed_end
from controller.domain.time import Utc
from webui.i18n import _
from webui.parts import Option

YEARS = range(2000, 2200)
"""Years that may be typed; any other is a typing mistake."""
ENDLESS = "endless"
"""Value of the length field: without an end."""
UNTIL = "until"
"""Value of the length field: until the typed day."""


class InvalidPeriod(ValueError):
    """The typed period is invalid; the message is shown to people."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period from `start` until `end`; None: without an end."""

    start: Utc
    end: Utc | None


def lengths() -> tuple[Option, ...]:
    """Return the options of the length field."""
    return (
        *fixed_lengths(),
        Option(value=ENDLESS, text=_("no end date")),
        Option(value=UNTIL, text=_("until the chosen day")),
    )


def fixed_lengths() -> tuple[Option, ...]:
    """Return the lengths that have an end of their own."""
    return (
        Option(value=Length.YEAR, text=_("a year")),
        Option(value=Length.HALF, text=_("six months")),
        Option(value=Length.QUARTER, text=_("three months")),
        Option(value=Length.MONTH, text=_("a month")),
    )


def read(length: str, day: str, start: Utc, zone: ZoneInfo, *, extends: bool = False) -> Period:
    """Return the period from `start` for a length, or until the end of a typed day.

    `extends`: it extends another period. Raises InvalidPeriod, also if both a length and a day are
    given.
    """
    if day and length != UNTIL:
        raise InvalidPeriod(
            _(
                "Choose either a length or a last day: select “until the chosen day”, or clear "
                "the day."
            )
        )
    if length == ENDLESS:
        return Period(start, None)
    if length in list(Length):
        return Period(start, (renewed_end if extends else add_length)(start, Length(length), zone))
    if length != UNTIL:
        raise InvalidPeriod(_("Choose a length."))
    end = Utc.midnight(_day(day) + timedelta(days=1), zone)
    if end <= start:
        raise InvalidPeriod(_("The end must come after the start."))
    return Period(start, end)


def read_start(day: str, now: Utc, zone: ZoneInfo) -> Utc:
    """Return the start of a typed day, or now if it is empty or today. Raises InvalidPeriod."""
    if not day:
        return now
    start = Utc.midnight(_day(day), zone)
    return now if start <= now and _day(day) == now.astimezone(zone).date() else start


def _day(text: str) -> date:
    if not text:
        raise InvalidPeriod(_("Choose the last day."))
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise InvalidPeriod(_("“%(day)s” is not a day.", day=text[:20])) from problem
    if day.year not in YEARS:
        raise InvalidPeriod(_("“%(day)s”: that year is not valid.", day=text[:20]))
    return day
