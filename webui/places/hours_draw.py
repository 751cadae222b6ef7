"""Draws the week of a schedule, with the differences of a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from controller.capabilities.places.shapes import Schedule, Span, Weekly
from webui.i18n import _
from webui.i18n.dates import format_day, format_remaining
from webui.naming import read_label
from webui.places.calendar import format_spans
from webui.places.hours_views import Bar, EffectView, NameForm, Tab, Time, WeekDay, WeekView
from webui.places.week_form import (
    DAY_MIN,
    SPANS_PER_DAY,
    Stretch,
    TypedSpan,
    UnreadableTime,
    as_json,
    clock,
    minutes,
    subtract_stretches,
    typed_spans,
)

FIRST = 6
"""The hour at which the drawn day starts, unless something opens earlier that week."""
STEP = 3
"""Hours between two labels."""


def draw_week(
    shown: Schedule,
    draft: Sequence[Weekly] | None,
    today: date,
    *,
    fields: Mapping[str, str],
    wrong: str,
    effect: EffectView | None,
    heavy: str,
    naming: NameForm,
    faults: Sequence[UnreadableTime] = (),
) -> WeekView:
    """Return the week in the current language.

    `fields`: the typed values; `faults`: the fields without a valid time.
    """
    now = shown.weekly
    new = now if draft is None else draft
    monday = today - timedelta(days=today.weekday())
    starts = [minutes(window)[0] // 60 for window in (*now, *new)]
    starts += [
        minutes(window)[0] // 60
        for exception in shown.exceptions
        if monday <= exception.date < monday + timedelta(days=7)
        for window in exception.windows
    ]
    first = min([FIRST, *starts]) // STEP * STEP
    days = tuple(
        _mark_faults(_day(shown, new, weekday, today, first, fields), weekday, faults)
        for weekday in range(7)
    )
    return WeekView(
        id=shown.id,
        name=read_label(shown.name),
        version=shown.version,
        hours=tuple(str(hour) for hour in range(first, 25, STEP)),
        days=days,
        total=total(new),
        drafted=bool(fields),
        json=as_json(new),
        wrong=wrong,
        effect=effect,
        heavy=heavy,
        naming=naming,
    )


def total(weekly: Sequence[Weekly]) -> str:
    """Return the opening hours per week, as text."""
    whole = sum(b - a for a, b in map(minutes, weekly))
    return _("%(time)s a week", time=format_remaining(whole * 60))


def tab(shown: Schedule, name: str, href: str, *, on: bool) -> Tab:
    """Return a tab that selects a schedule."""
    return Tab(name=name, hours=total(shown.weekly), href=href, on=on)


def _stretches_of(weekly: Sequence[Weekly], weekday: int) -> list[Stretch]:
    return sorted(minutes(window) for window in weekly if window.weekday == weekday)


def _day(
    shown: Schedule,
    new: Sequence[Weekly],
    weekday: int,
    today: date,
    first: int,
    fields: Mapping[str, str],
) -> WeekDay:
    was, will = _stretches_of(shown.weekly, weekday), _stretches_of(new, weekday)
    more, less = subtract_stretches(will, was), subtract_stretches(was, will)
    date_ = today + timedelta(days=weekday - today.weekday())
    name = format_day(date_, "EEEE")
    bars = [*_bars("on", subtract_stretches(was, less), first), *_bars("more", more, first)]
    bars += _bars("less", less, first)
    apart = next((exception for exception in shown.exceptions if exception.date == date_), None)
    if apart is not None:
        special = sorted(minutes(window) for window in apart.windows)
        differences = (*subtract_stretches(was, special), *subtract_stretches(special, was))
        bars += _bars("cut", differences, first)
    typed = (
        typed_spans(fields, weekday) if fields else [TypedSpan(clock(a), clock(b)) for a, b in will]
    )
    return WeekDay(
        name=name,
        today=date_ == today,
        bars=tuple(bars),
        words=format_spans([Span(start=clock(a), end=clock(b)) for a, b in will]),
        change=_change_text(more, less),
        less=sum(b - a for a, b in less) > sum(b - a for a, b in more),
        times=tuple(
            _time(weekday, n, window, name, shown)
            for n, window in enumerate(typed[: SPANS_PER_DAY - 1])
        ),
        more=_time(weekday, min(len(typed), SPANS_PER_DAY - 1), TypedSpan("", ""), name, shown),
    )


def _mark_faults(day: WeekDay, weekday: int, faults: Sequence[UnreadableTime]) -> WeekDay:
    """Mark the day's fields that hold no valid time."""
    if not faults:
        return day
    at = {(fault.number, fault.which) for fault in faults if fault.weekday == weekday}
    top = faults[0]
    times = tuple(
        replace(
            time,
            wrong="".join(which for which in "ab" if (number, which) in at),
            first=top.which if (top.weekday, top.number) == (weekday, number) else "",
        )
        for number, time in enumerate(day.times)
    )
    return replace(day, times=times)


def time_error(unreadable: UnreadableTime, today: date) -> str:
    """Return the error with the weekday and the text that is not a time."""
    day = format_day(
        today + timedelta(days=unreadable.weekday - today.weekday()), "EEEE"
    ).capitalize()
    if not unreadable.typed:
        return _("%(day)s: a time is missing.", day=day)
    return _("%(day)s: “%(said)s” is not a time.", day=day, said=unreadable.typed)


def _time(weekday: int, number: int, at: TypedSpan, name: str, shown: Schedule) -> Time:
    stored_spans = {
        (window.start, window.end) for window in shown.weekly if window.weekday == weekday
    }
    return Time(
        name=f"d{weekday}-{number}",
        start=at.start,
        end=at.end,
        label=name,
        new=bool(at.start) and (at.start, at.end) not in stored_spans,
    )


def _bars(look: str, stretches: Sequence[Stretch], first: int) -> list[Bar]:
    start, whole = first * 60, DAY_MIN - first * 60

    def x(minute: int) -> float:
        return round(100 * min(1.0, max(0.0, (minute - start) / whole)), 2)

    return [Bar(look=look, x=x(a), width=round(x(b) - x(a), 2)) for a, b in stretches]


def _change_text(more: Sequence[Stretch], less: Sequence[Stretch]) -> str:
    """Return how much longer or shorter the day becomes; empty: unchanged."""
    by = sum(b - a for a, b in more) - sum(b - a for a, b in less)
    if not more and not less:
        return ""
    sign = "+" if by > 0 else "−" if by < 0 else "±"
    return f"{sign} {format_remaining(abs(by) * 60)}" if by else _("moved")
