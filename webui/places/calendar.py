"""*Change today* and the calendar of special days: which coming days are closed or have other
hours, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.capabilities.places.days import MAX_DAYS, Day
from controller.capabilities.places.french_days import PublicHoliday, upcoming_holidays
from controller.capabilities.places.school import Holiday
from controller.capabilities.places.shapes import ExceptionDay, Schedule, Span
from webui.i18n import _, current, pgettext, plural
from webui.i18n.dates import format_day, month_name
from webui.parts import Option
from webui.places.hours_views import Calendar, CalendarDay, HolidayLine, SpecialDays, TodayView
from webui.places.week_form import (
    DAY_MIN,
    clock,
    join_spans,
    minutes,
    reaches_midnight,
    split_night,
)

WEEKS = 5
"""How many weeks the calendar shows."""
HOLIDAYS = 4
"""Number of public holidays to show."""
MAX_PERIOD_DAYS = MAX_DAYS - 1
"""Longest line of special days: it is removed at once, sometimes with the night that follows."""
CLOSING_TIME_LIMIT = 3
"""Number of closing times to offer."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpeningDays:
    """The data of the calendar: the opening schedule, its special days, school holidays, today."""

    schedule: Schedule
    reasons: Mapping[date, str]
    school: Sequence[Holiday]
    today: date
    minute: int
    """The current minute of today."""

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the opening hours on a day; empty: closed."""
        special_day = self.special_day(day)
        if special_day is not None:
            return special_day.windows
        return self.usual(day)

    def usual(self, day: date) -> tuple[Span, ...]:
        """Return the regular hours of that weekday."""
        week = [window for window in self.schedule.weekly if window.weekday == day.weekday()]
        return tuple(Span(start=window.start, end=window.end) for window in week)

    def special_day(self, day: date) -> ExceptionDay | None:
        """Return the special day, or None if it is a regular day."""
        return next(
            (exception for exception in self.schedule.exceptions if exception.date == day), None
        )

    def replaced_days(self, new: Sequence[Day], last: date) -> tuple[SpecialDays, ...]:
        """Return the special days up to a date for which `new` has other hours or reasons.

        Without those that only have the night of the day before, which is kept.
        """
        dates = {day.date for day in new if day.date <= last}
        saved = {(day.date, day.windows, day.reason) for day in new}
        return _entries(
            self,
            [
                old
                for old in self.schedule.exceptions
                if old.date in dates
                and (old.date, old.windows, self.reasons.get(old.date, "")) not in saved
                and not self.has_other_night(old.date - _DAY)
            ],
        )

    def night_after(self, day: date) -> Span | None:
        """Return the hours after midnight of the opening that begins on a day."""
        if not reaches_midnight(self.spans(day)):
            return None
        return split_night(self.spans(day + _DAY))[0]

    def has_other_night(self, day: date) -> bool:
        """Whether the day after a special day is special too, and only in the night between."""
        following = day + _DAY
        first, second = self.special_day(day), self.special_day(following)
        return (
            first is not None
            and second is not None
            and self.reasons.get(day) == self.reasons.get(following)
            and split_night(second.windows)[1] == split_night(self.usual(following))[1]
        )

    def current_spans(self) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Return the hours that *Change today* changes, and those of today that it keeps.

        As long as last night's opening goes on, it changes only that.
        """
        spans, night = self.spans(self.today), self._last_night()
        return (spans, ()) if night is None else ((night,), split_night(spans)[1])

    def usual_end(self) -> str:
        """Return when an opening of now would end without special days; empty: it is closed."""
        usual = self.usual(self.today)
        if self._last_night() is not None:
            last = split_night(usual)[0]
        elif reaches_midnight(usual):
            last = split_night(self.usual(self.today + _DAY))[0] or join_spans(usual)[-1]
        else:
            last = join_spans(usual)[-1] if usual else None
        return "" if last is None else last.end

    def _last_night(self) -> Span | None:
        """Return last night's opening as long as it goes on."""
        night = split_night(self.spans(self.today))[0]
        return night if night is not None and self.minute < minutes(night)[1] else None

    def closing_note(self) -> str:
        """Return what else closes with today, or stays open; empty: nothing."""
        _current, later = self.current_spans()
        if later:
            return _("Today’s later hours stay the same: %(hours)s.", hours=format_spans(later))
        night = self.night_after(self.today)
        if night is None:
            return ""
        return _(
            "Closing includes the hours after midnight: tomorrow from 00:00 to %(time)s.",
            time=night.end,
        )


def night_note(days: OpeningDays, last: date) -> str:
    """Return what stays open after a day whose hours are replaced; empty: nothing."""
    night = days.night_after(last)
    if night is None:
        return ""
    day = format_day(last + _DAY, "EEEE d MMMM")
    return _("The hours after midnight stay: %(day)s until %(time)s.", day=day, time=night.end)


def format_spans(spans: Sequence[Span]) -> str:
    """Return hours as text, such as 9:00–19:00."""
    if not spans:
        return _("closed")
    if sum(b - a for a, b in map(minutes, spans)) >= DAY_MIN:
        return _("day and night")
    return ", ".join(f"{span.start}–{span.end}" for span in spans)


def today_view(days: OpeningDays, usual_end: str) -> TodayView:
    """Return the choices for the rest of today; `usual_end`: when it ends otherwise, if not now."""
    hours = format_spans(days.spans(days.today))
    minute, (spans, _later) = days.minute, days.current_spans()
    open_now = [(a, b) for a, b in map(minutes, spans) if a <= minute < b]
    ends = max((b for _a, b in map(minutes, spans)), default=minute)
    later = [hour * 60 for hour in range(24) if minute < hour * 60 < ends]
    after = [hour * 60 for hour in range(1, 25) if hour * 60 > max(ends, minute)]
    return TodayView(
        text=_("Today: %(hours)s. Usually until %(time)s.", hours=hours, time=usual_end)
        if usual_end
        else _("Today: %(hours)s.", hours=hours),
        closing_note=days.closing_note(),
        close=tuple(_time_option(hour) for hour in later[-CLOSING_TIME_LIMIT:]),
        stay=tuple(_time_option(hour) for hour in after[:CLOSING_TIME_LIMIT]),
        open=bool(open_now),
        is_special_day=days.special_day(days.today) is not None,
        date=days.today.isoformat(),
    )


def _time_option(minute: int) -> Option:
    return Option(value=clock(minute), text=clock(minute))


def _months(first: date, last: date) -> str:
    names = {month_name(f"{day:%Y-%m}"): None for day in (first, last)}
    return " – ".join(names)


def calendar(days: OpeningDays) -> Calendar:
    """Return the coming weeks with special days, public holidays and school holidays."""
    monday = days.today - timedelta(days=days.today.weekday())
    public = upcoming_holidays(days.today)
    holidays = {holiday.day: holiday for holiday in public}
    coming = [
        _holiday(days, holiday) for holiday in public if days.special_day(holiday.day) is None
    ]
    left_open = sum(bool(days.spans(holiday.day)) for holiday in public)
    more = left_open - sum(not holiday.closed for holiday in coming[:HOLIDAYS])
    return Calendar(
        title=_months(days.today, monday + timedelta(days=7 * WEEKS - 1)),
        weekdays=tuple(format_day(monday + timedelta(days=n), "EEE").rstrip(".") for n in range(7)),
        weeks=tuple(
            tuple(_cell(days, monday + timedelta(days=7 * week + n), holidays) for n in range(7))
            for week in range(WEEKS)
        ),
        special_days=_special_days(days),
        holidays=tuple(coming[:HOLIDAYS]),
        more_holidays=plural("and %(n)s more", "and %(n)s more", more) if more else "",
        left_open=left_open,
        school=tuple(_school_holiday(holiday) for holiday in days.school[:HOLIDAYS]),
    )


def _cell(days: OpeningDays, day: date, public: Mapping[date, PublicHoliday]) -> CalendarDay:
    spans, special_day, holiday = days.spans(day), days.special_day(day), public.get(day)
    school = any(first <= day <= last for _name, first, last in days.school)
    look = "off" if not spans else ""
    look = f"{look} apart" if special_day is not None else look
    mark = _closing_text(spans) if special_day is not None else ""
    if holiday is not None:
        look = f"{look} public"
    words = [format_day(day, "EEEE d MMMM"), format_spans(spans)]
    words += [holiday.name.read(current())] if holiday else []
    words += [_("school holidays")] if school else []
    return CalendarDay(
        number=str(day.day),
        mark=mark,
        label=", ".join(words),
        look=f"{look}{' school' if school else ''}{' gone' if day < days.today else ''}".strip(),
        today=day == days.today,
    )


def _closing_text(spans: Sequence[Span]) -> str:
    """Return the closing time in whole hours, as space is limited; empty: closed."""
    if not spans:
        return ""
    return _("→%(n)s h", n=max(b for _a, b in map(minutes, spans)) // 60)


def _special_days(days: OpeningDays) -> tuple[SpecialDays, ...]:
    """Return coming special days; consecutive ones with the same hours form one entry."""
    return _entries(days, [day for day in days.schedule.exceptions if day.date >= days.today])


def _entries(days: OpeningDays, exceptions: Sequence[ExceptionDay]) -> tuple[SpecialDays, ...]:
    periods: list[list[ExceptionDay]] = []
    for exception in exceptions:
        last = periods[-1][-1] if periods else None
        is_same = last is not None and (
            last.date + timedelta(days=1) == exception.date
            and last.windows == exception.windows
            and days.reasons.get(last.date) == days.reasons.get(exception.date)
            and len(periods[-1]) < MAX_PERIOD_DAYS
        )
        if is_same:
            periods[-1].append(exception)
        else:
            periods.append([exception])
    return tuple(
        _period(
            run[0].date,
            run[-1].date,
            format_spans(run[0].windows),
            days.reasons.get(run[0].date, ""),
        )
        for run in periods
    )


def _period(first: date, last: date, how: str, reason: str) -> SpecialDays:
    begins = format_day(first, "EEEE d MMMM")
    ends = format_day(last, "EEEE d MMMM")
    text = (
        begins
        if first == last
        else pgettext("dates", "from %(first)s to %(last)s", first=begins, last=ends)
    )
    return SpecialDays(
        days=text, how=how, reason=reason, first=first.isoformat(), last=last.isoformat()
    )


def _holiday(days: OpeningDays, holiday: PublicHoliday) -> HolidayLine:
    spans = days.spans(holiday.day)
    return HolidayLine(
        day=format_day(holiday.day, "EEEE d MMMM"),
        name=holiday.name.read(current()),
        date=holiday.day.isoformat(),
        state=format_spans(spans),
        closed=not spans,
    )


def _school_holiday(holiday: Holiday) -> SpecialDays:
    name, first, last = holiday
    return _period(first, last, name, "")
