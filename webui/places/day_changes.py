"""The special days that the forms of the page of hours make.

An opening that goes on after midnight stands in the hours of two dates, so these forms change both.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from controller.capabilities.places.days import Day
from controller.capabilities.places.shapes import Span
from webui.forms import PageError
from webui.i18n import _
from webui.places.calendar import OpeningDays, night_note
from webui.places.week_form import (
    DAY_MIN,
    NOON_MIN,
    clock,
    join_spans,
    minutes,
    reaches_midnight,
    split_night,
)

_DAY = timedelta(days=1)


def days_between(first: date, last: date) -> list[date]:
    """Return the dates from the first to the last."""
    return [first + n * _DAY for n in range((last - first).days + 1)]


def today_with(
    days: OpeningDays, current: Sequence[Span], later: Sequence[Span], reason: str, *, closes: bool
) -> list[Day]:
    """Return today with these hours. To close early also closes the night that follows, if no
    later opening of today stays."""
    changed = [Day(date=days.today, windows=join_spans((*current, *later)), reason=reason)]
    closes_night = closes and not later and days.night_after(days.today) is not None
    follows = days.has_other_night(days.today)
    if closes_night or follows:
        tomorrow = days.today + _DAY
        windows = days.spans(tomorrow)
        if closes_night:
            windows = split_night(windows)[1]
        if not follows and days.special_day(tomorrow) is not None:
            reason = days.reasons.get(tomorrow, "")
        changed.append(Day(date=tomorrow, windows=windows, reason=reason))
    return changed


def open_days(
    days: OpeningDays, first: date, last: date, typed: Span, reason: str
) -> tuple[list[Day], str]:
    """Return the days with the typed hours, and a note on the night after the last one.

    The hours after midnight are added to those of the next day. Raises PageError.
    """
    start, end = minutes(typed)
    after_midnight = end - DAY_MIN
    if 0 < min(start, NOON_MIN) <= after_midnight:
        text = _(
            "Enter an end after the start: 00:00 for midnight, or a time before noon for the next "
            "morning."
        )
        raise PageError({"end": text})
    evening = Span(start=typed.start, end=clock(min(end, DAY_MIN)))
    before, following = first - _DAY, last + _DAY
    night = days.night_after(before) if days.special_day(before) is not None else None
    changed = []
    for day in days_between(first, last):
        windows = (evening,) if night is None else join_spans((night, evening))
        changed.append(Day(date=day, windows=windows, reason=reason))
        night = Span(start="00:00", end=typed.end) if after_midnight > 0 else None
    if night is None:
        return changed, night_note(days, last)
    if days.special_day(following) is not None:
        reason = days.reasons.get(following, "")
    windows = join_spans((night, *days.spans(following)))
    changed.append(Day(date=following, windows=windows, reason=reason))
    return changed, _(
        "The hours after midnight, until %(time)s, are added to those of the next day.",
        time=typed.end,
    )


def usual_days(days: OpeningDays, first: date, last: date) -> list[Day]:
    """Return the days without special hours, and the next one without the night that goes on from
    them."""
    changed = [Day(date=day, windows=None) for day in days_between(first, last)]
    following = last + _DAY
    special = days.special_day(following)
    if days.has_other_night(last):
        changed.append(Day(date=following, windows=None))
    elif special is not None and days.night_after(last) and not reaches_midnight(days.usual(last)):
        others, reason = split_night(special.windows)[1], days.reasons.get(following, "")
        changed.append(Day(date=following, windows=others, reason=reason))
    return changed
