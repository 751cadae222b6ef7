"""The week of a new site: one opening per day, as form fields and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.places.shapes import Weekly
from controller.kernel.errors import Invalid
from controller.kernel.validate import parse
from webui.i18n import _
from webui.i18n.dates import day_names

DAYS = range(7)
"""Weekdays, 0 is Monday."""
_USUAL = ("09:00", "18:00")
_CLOSED = ("", "")
_MIDNIGHT = "00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the form; both times are empty if it is closed."""

    number: int
    name: str
    start: str
    end: str


def typed_week(fields: Mapping[str, str]) -> tuple[Weekly, ...]:
    """Return the week in the form. Raises Invalid, naming the day's field."""
    days = [(n, _text(fields, "start", n), _text(fields, "end", n)) for n in DAYS]
    return tuple(_day(number, start, end) for number, start, end in days if start or end)


def shown_week(fields: Mapping[str, str], weekly: Sequence[Weekly] | None) -> tuple[Day, ...]:
    """Return the days as typed, or else as stored, or else a default from Monday to Saturday."""
    stored_hours = {window.weekday: (window.start, window.end) for window in weekly or ()}
    names = day_names()

    def hours(number: int) -> tuple[str, str]:
        if f"start-{number}" in fields:
            return _text(fields, "start", number), _text(fields, "end", number)
        usual = _CLOSED if weekly is not None or number == max(DAYS) else _USUAL
        return stored_hours.get(number, usual)

    days = [(number, *hours(number)) for number in DAYS]
    return tuple(
        Day(number=number, name=names[number], start=start, end=end) for number, start, end in days
    )


def week_words(weekly: Sequence[Weekly]) -> str:
    """Return which days are open, and the hours per week: *lundi à samedi, 54 h par semaine*."""
    names, days = day_names(), sorted({window.weekday for window in weekly})
    hours = round(sum(map(_minutes, weekly)) / 60)
    in_a_row = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    text = (
        _("%(first)s to %(last)s", first=names[days[0]], last=names[days[-1]])
        if in_a_row
        else ", ".join(names[day] for day in days)
    )
    return _("%(days)s, %(n)s h a week", days=text, n=hours)


def _day(number: int, start: str, end: str) -> Weekly:
    try:
        day = parse({"weekday": number, "start": start, "end": end}, Weekly)
    except Invalid as error:
        raise Invalid.of(f"start-{number}", "enter both times") from error
    if _minutes(day) <= 0:
        raise Invalid.of(f"start-{number}", "ends before it begins")
    return day


def _minutes(day: Weekly) -> int:
    end = "24:00" if day.end == _MIDNIGHT else day.end
    (from_h, from_min), (to_h, to_min) = (time_text.split(":") for time_text in (day.start, end))
    return (int(to_h) - int(from_h)) * 60 + int(to_min) - int(from_min)


def _text(fields: Mapping[str, str], what: str, number: int) -> str:
    return fields.get(f"{what}-{number}", "").strip()
