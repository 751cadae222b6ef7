"""Limits and notices of a grant: how long it is valid, and what the holder should know."""

from datetime import timedelta

from controller.domain.access.case import Case, first_after
from controller.domain.access.certifications import required_groups
from controller.domain.access.checks_moment import (
    is_valid_outside_opening,
    needs_window,
    window_until,
)
from controller.domain.access.decision import Notice, NoticeKind
from controller.domain.access.subscription import subscription_end
from controller.domain.facts import Booking, BookingRule, CredentialKind
from controller.domain.schedule import closes_at, local_time
from controller.domain.time import Utc

NOTICE_DAYS = 30
"""A notice is given at most this many days ahead."""
_MOMENT = timedelta(milliseconds=1)
SOON = timedelta(hours=1)
"""How long before closing time or another member's booking a notice is given."""


def may_matter(booking: Booking, now: Utc) -> bool:
    """Return whether a decision of now can depend on this booking: it goes on, or begins soon."""
    return booking.starts_at <= now + SOON and now < booking.ends_at


def hours_until(case: Case) -> Utc | None:
    """Return when the hours of the plan or the site, or a required booking, end; None: never."""
    ends = [_own_booking_end(case)]
    if case.asks_subscription and case.plan is not None:
        ends.append(_closing_time(case, case.plan.schedule))
    if not is_valid_outside_opening(case):
        ends.append(_closing_time(case, case.site.opening))
    return first_after(case.now, *ends)


def right_until(case: Case) -> Utc | None:
    """Return when the badge, subscription, a certification or the supervision window ends; None:
    never."""
    return first_after(
        case.now,
        case.holder.valid_until,
        subscription_end(case.holder) if case.asks_subscription else None,
        window_until(case) if needs_window(case) else None,
        case.context.admitted_until if case.holder.kind is CredentialKind.GUEST else None,
        *(group.until for group in required_groups(case)),
    )


def notices(case: Case) -> tuple[Notice, ...]:
    """Return notices of what ends or begins soon, soonest first."""
    all_notices = [*_ends_in_days(case), *_upcoming_notices(case)]
    return tuple(sorted(all_notices, key=lambda n: n.at))


def _ends_in_days(case: Case) -> list[Notice]:
    ends: list[tuple[NoticeKind, Utc | None, str | None]] = [
        (NoticeKind.CREDENTIAL_ENDS, case.holder.valid_until, None)
    ]
    if case.asks_subscription:
        ends.append((*_subscription_notice(case), None))
    for group in required_groups(case):
        id = (
            group.group[0]
            if len(group.group) == 1
            else _ending_certification(case, group.group, group.until)
        )
        ends.append((NoticeKind.CERTIFICATION_ENDS, group.until, id))
    all_notices = [_notice(case, kind, at, id) for kind, at, id in ends if at is not None]
    return [n for n in all_notices if 0 <= n.days <= NOTICE_DAYS]


def _subscription_notice(case: Case) -> tuple[NoticeKind, Utc | None]:
    since, until = case.holder.subscription_from, case.holder.subscription_until
    if until is not None and case.now >= until:
        return NoticeKind.SUBSCRIPTION_GRACE, subscription_end(case.holder)
    if until is not None and since is not None and case.now - since < until - case.now:
        return NoticeKind.SUBSCRIPTION_ENDS, None  # no end is announced in its first half
    return NoticeKind.SUBSCRIPTION_ENDS, until


def _ending_certification(case: Case, group: tuple[str, ...], until: Utc | None) -> str | None:
    candidates = (
        h.certification
        for h in case.holder.certifications
        if h.certification in group and h.valid_until == until
    )
    return next(candidates, None)


def _upcoming_notices(case: Case) -> list[Notice]:
    other_bookings = (
        b.starts_at
        for b in case.context.bookings
        if b.access_point == case.point.id and b.member != case.holder.member
    )
    upcoming = [
        (NoticeKind.HOURS_END, hours_until(case)),
        (NoticeKind.BOOKED_FROM, first_after(case.now, *other_bookings)),
    ]
    soon = case.now + SOON
    return [_notice(case, kind, at) for kind, at in upcoming if at is not None and at <= soon]


def _notice(case: Case, kind: NoticeKind, at: Utc, certification: str | None = None) -> Notice:
    zone = case.site.time_zone
    last = Utc.of(at - _MOMENT)  # an end at midnight counts as the day before
    days = (local_time(zone, last).date() - local_time(zone, case.now).date()).days
    return Notice(kind=kind, at=at, days=days, certification=certification)


def _own_booking_end(case: Case) -> Utc | None:
    if case.point.requirement.booking is not BookingRule.REQUIRED:
        return None
    own_bookings = (
        b.ends_at
        for b in case.context.bookings
        if b.access_point == case.point.id
        and b.member == case.holder.member
        and b.starts_at <= case.now < b.ends_at
    )
    return max(own_bookings, default=None)


def _closing_time(case: Case, schedule_id: str | None) -> Utc | None:
    schedule = case.site.schedules.get(schedule_id) if schedule_id is not None else None
    return closes_at(schedule, case.site.time_zone, case.now) if schedule is not None else None
