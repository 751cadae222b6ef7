"""Whom days apart would concern, and which course sessions, read before they are saved."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

from controller.capabilities.access import closed_days, hours_effect
from controller.capabilities.bookings import free
from controller.capabilities.places import schedules
from controller.capabilities.places.days import Day
from controller.capabilities.training import agenda
from controller.domain import facts
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.policy import facts_of
from webui.bookings.bookers import bookers_view
from webui.guard import allowed
from webui.i18n import _
from webui.places.hours_read import Reading
from webui.training.dated import SessionCard, card
from webui.training.notice_view import NoticeView


def told_before(reading: Reading, schedule: str, new: Sequence[Day]) -> NoticeView | None:
    """Who would be told of these days apart. Raises NotFound, Forbidden."""
    schedules.get(reading.db, schedule, actor=reading.who)
    if not new or not allowed(Permission.MEMBERS_READ):
        return None
    before = facts_of.site(reading.db, reading.at.id, reading.now)
    found = closed_days.bookers_of_change(
        reading.db, before, _with_days(before, schedule, new), actor=reading.who, now=reading.now
    )
    return bookers_view(_("Qui sera prévenu"), found, reading.now, reading.zone)


def courses_before(reading: Reading, schedule: str, new: Sequence[Day]) -> tuple[SessionCard, ...]:
    """The course sessions that would lie where the place is closed, with these days apart."""
    before = facts_of.site(reading.db, reading.at.id, reading.now)
    if not new or schedule != before.opening:
        return ()
    after = _with_days(before, schedule, new)
    days_of = {each.date for each in new}
    since = Utc.midnight(min(days_of), reading.zone)
    until = Utc.midnight(max(days_of) + timedelta(days=1), reading.zone)
    found = agenda.to_take_place(
        reading.db, reading.at.id, since, until, actor=reading.who, now=reading.now
    )
    return tuple(
        card(each, reading.now, reading.zone)
        for each in found
        if not any(
            start <= each.session.starts_at and each.session.ends_at <= end
            for start, end in free.hours(
                after, each.session.starts_at.astimezone(reading.zone).date()
            )
        )
    )


def _with_days(site: facts.Site, schedule: str, new: Sequence[Day]) -> facts.Site:
    hours = site.schedules[schedule]
    by_date = {each.date: each for each in hours.exceptions} | {
        each.date: facts.ScheduleException(date=each.date, windows=_windows(each)) for each in new
    }
    return hours_effect.with_schedule(
        site, schedule, replace(hours, exceptions=tuple(by_date.values()))
    )


def _windows(day: Day) -> tuple[tuple[time, time], ...]:
    spans = day.windows or ()
    return tuple((time.fromisoformat(each.start), time.fromisoformat(each.end)) for each in spans)
