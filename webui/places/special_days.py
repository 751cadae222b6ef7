"""The bookings and course sessions that special days affect, before and after saving them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache, partial

from flask import request

from controller.capabilities.access import closed_days
from controller.capabilities.access.hours_effect import with_schedule
from controller.capabilities.bookings import free
from controller.capabilities.bookings.barred_bookings import BarredBooking, Booker
from controller.capabilities.places import schedules
from controller.capabilities.places.days import Day
from controller.capabilities.places.shapes import ExceptionDay, Schedule, ScheduleFields
from controller.capabilities.training import agenda, notices
from controller.capabilities.training.agenda import AgendaSession
from controller.capabilities.training.shapes import CourseSession
from controller.domain import facts
from controller.domain.time import Utc
from controller.policy import facts_of
from webui.bookings.bookers import bookers_view, booking_link
from webui.i18n import _, plural
from webui.places.hours_views import DayCourse, DaysEffect, DaysSaved, SpecialDays
from webui.places.reading import PlaceReader
from webui.training.notice_view import NoticeView, after_change, notice_view
from webui.training.session_text import card

_NOT_KEPT = frozenset({"csrf_token", "shown"})
_DAY = timedelta(days=1)
_OtherBooking = tuple[str, BarredBooking]
"""The member's name, and the booking."""
_Hours = Callable[[date], Sequence[tuple[Utc, Utc]]]
"""Returns the opening hours on a day."""


def effect_of_days(
    reading: PlaceReader,
    schedule: str,
    new: Sequence[Day],
    note: str,
    replaced_days: Sequence[SpecialDays] = (),
) -> DaysEffect | None:
    """Return the bookings and sessions that would fall outside the hours if these days were saved,
    with the special days that they replace.

    None if there are none. Raises Invalid, NotFound, Forbidden.
    """
    before = facts_of.site(reading.db, reading.at.id, reading.now)
    after = _with_days(before, reading.schedule(schedule), new)
    dates = [day.date for day in new]
    bookers = closed_days.bookers_of_change(
        reading.db, before, after, dates, actor=reading.who, now=reading.now
    )
    within = closed_days.spans(dates, before)
    courses = [
        session
        for session in _affected_sessions(reading, before, after, within)
        if session.session.cancelled_at is None
    ]
    others = _other_bookings(reading, before, after, within, bookers)
    if not bookers and not courses and not others and not replaced_days:
        return None
    count = sum(len(booker.bookings) for booker in bookers)
    title = plural("%(n)s booking outside the hours", "%(n)s bookings outside the hours", count)
    things = [booked.id for booker in bookers for booked in booker.bookings]
    things += [booked.id for _name, booked in others]
    things += [f"{days.first}/{days.last}/{days.how}".replace(" ", "") for days in replaced_days]
    shown_ids = " ".join(sorted([*things, *(course.session.id for course in courses)]))
    form_fields = {name: text for name, text in request.form.items() if name not in _NOT_KEPT}
    return DaysEffect(
        notice=bookers_view(title, bookers, reading.now, reading.zone, reading.names()),
        courses=_lines(reading, courses),
        others=_other_lines(reading, others),
        others_title=_others_title(others),
        action=request.path,
        fields=form_fields | {"shown": shown_ids},
        shown=shown_ids,
        note=note,
        replaced_days=tuple(replaced_days),
    )


def saved_effect(reading: PlaceReader, schedule: str) -> DaysSaved | None:
    """Return the members whom coming special days affect and how each was notified; None if there
    are none."""
    after = facts_of.site(reading.db, reading.at.id, reading.now)
    hours = after.schedules.get(schedule)
    ahead = (
        [exception.date for exception in hours.exceptions if exception.date >= reading.today]
        if hours
        else []
    )
    if not ahead:
        return None
    bookers = closed_days.bookers_of_special_days(
        reading.db, after, schedule, ahead, actor=reading.who, now=reading.now
    )
    title = _("Bookings on special days: who is notified")
    notified = bookers_view(
        title, bookers, reading.now, reading.zone, reading.names() if bookers else {}
    )
    within = closed_days.spans(ahead, after)
    before = closed_days.without_special_days(after, schedule)
    courses = _lines(reading, _affected_sessions(reading, before, after, within))
    others = _other_bookings(reading, before, after, within, bookers)
    if not (notified or courses or others):
        return None
    return DaysSaved(
        notice=notified,
        courses=courses,
        others=_other_lines(reading, others),
        others_title=_others_title(others),
    )


def _other_bookings(
    reading: PlaceReader,
    before: facts.Site,
    after: facts.Site,
    within: Sequence[tuple[Utc, Utc]],
    bookers: Sequence[Booker],
) -> list[_OtherBooking]:
    """Return the bookings during which the site would not be open, and which stay usable."""
    others = closed_days.other_bookings(
        reading.db, before.id, within, bookers, actor=reading.who, now=reading.now
    )
    hours = _hours(before), _hours(after)
    return [other for other in others if _is_outside_hours(reading, other[1], *hours)]


def _hours(site: facts.Site) -> _Hours:
    return cache(partial(free.opening_hours, site))  # many bookings are on the same days


def _others_title(others: Sequence[_OtherBooking]) -> str:
    return plural(
        "%(n)s other booking while the place is closed",
        "%(n)s other bookings while the place is closed",
        len(others),
    )


def _other_lines(
    reading: PlaceReader, others: Sequence[_OtherBooking]
) -> tuple[tuple[str, str, str], ...]:
    names = reading.names() if others else {}
    return tuple(
        (name, *booking_link(booked, names, reading.now, reading.zone)) for name, booked in others
    )


def _affected_sessions(
    reading: PlaceReader, before: facts.Site, after: facts.Site, within: Sequence[tuple[Utc, Utc]]
) -> list[AgendaSession]:
    """Return the course sessions, also cancelled ones, during which the site would not be open."""
    sessions = agenda.sessions_within(
        reading.db, reading.at.id, within, actor=reading.who, now=reading.now
    )
    hours = _hours(before), _hours(after)
    return [session for session in sessions if _is_outside_hours(reading, session.session, *hours)]


def _is_outside_hours(
    reading: PlaceReader, occurrence: CourseSession | BarredBooking, before: _Hours, after: _Hours
) -> bool:
    """Return whether the site is open for less of its time than before, or closed that day.

    The hours of the day before count too, as they may end after midnight.
    """
    first = occurrence.starts_at.astimezone(reading.zone).date()
    last = occurrence.ends_at.astimezone(reading.zone).date()
    every = [first + n * _DAY for n in range(-1, (last - first).days + 1)]
    spans_before, spans_after = (
        [span for day in every for span in hours(day)] for hours in (before, after)
    )
    is_closed = bool(before(first)) and not after(first)
    open_time = _open_time(occurrence, spans_after)
    return open_time < occurrence.ends_at - occurrence.starts_at and (
        is_closed or open_time < _open_time(occurrence, spans_before)
    )


def _open_time(
    occurrence: CourseSession | BarredBooking, spans: Sequence[tuple[Utc, Utc]]
) -> timedelta:
    """Return how long of the session or booking the site is open."""
    total, at = timedelta(0), occurrence.starts_at
    for start, end in sorted(spans):
        first, last = max(start, at), min(end, occurrence.ends_at)
        if first < last:
            total, at = total + (last - first), last
    return total


def _lines(reading: PlaceReader, courses: Sequence[AgendaSession]) -> tuple[DayCourse, ...]:
    lines = (
        DayCourse(
            card=card(course, reading.now, reading.zone), notice=_notice(reading, course.session)
        )
        for course in courses
    )
    return tuple(line for line in lines if line.notice or not line.card.cancelled)


def _notice(reading: PlaceReader, course_session: CourseSession) -> NoticeView | None:
    """Return who would be notified if the session is moved or cancelled.

    If it is cancelled, return how they were notified. None without recipients.
    """
    if course_session.cancelled_at is not None:
        last = notices.last_notice(reading.db, course_session.id, actor=reading.who)
        return after_change(last, reading.now, reading.zone) if last and last.recipients else None
    recipients = notices.recipients(reading.db, course_session.id, actor=reading.who)
    if not recipients:
        return None
    return notice_view("", recipients, reading.now, reading.zone, waiting=_("no e-mail yet"))


def _with_days(site: facts.Site, schedule: Schedule, new: Sequence[Day]) -> facts.Site:
    days = {exception.date: exception for exception in schedule.exceptions}
    for day in new:
        days.pop(day.date, None)
        if day.windows is not None:
            days[day.date] = ExceptionDay(date=day.date, windows=day.windows)
    exceptions = tuple(days[key] for key in sorted(days))
    fields = ScheduleFields(name=schedule.name, weekly=schedule.weekly, exceptions=exceptions)
    return with_schedule(site, schedule.id, schedules.facts_of(fields))
