"""Checks that depend on the moment: policy age, opening hours, service, supervision, bookings,
capacity."""

from math import isfinite

from controller.domain.access.case import Case, Denial
from controller.domain.access.certifications import CertificationStatus, required_groups
from controller.domain.access.decision import DenyReason, Detail
from controller.domain.access.supervision import has_host_tapped, is_start_supervised, open_window
from controller.domain.facts import (
    POLICY_MAX_AGE_S,
    BookingRule,
    CredentialKind,
    Plan,
    PointKind,
    Risk,
    Supervisor,
    Takeover,
)
from controller.domain.schedule import HORIZON_DAYS, is_open, opens_next
from controller.domain.time import Utc

KNOWN_NEEDS: frozenset[str] = frozenset()
"""Rules beyond protocol version 1 that this program understands."""

ZONE_COUNT_MAX_AGE_S = 300.0
"""A zone's count that is older than this is not used."""


def freshness(case: Case) -> Denial | None:
    """Check that the policy is recent enough for the point's risk; a dangerous machine also needs a
    trusted clock."""
    point, age = case.point, case.context.policy_age_s
    limit = point.policy_max_age_s
    if limit is None:
        limit = POLICY_MAX_AGE_S[point.risk]
    if age is None or not age <= limit:
        known_s = age if age is not None and isfinite(age) else None
        return Denial(DenyReason.POLICY_STALE, Detail(policy_age_s=known_s))
    if point.risk is Risk.DANGEROUS and not case.context.clock_trusted:
        return Denial(DenyReason.CLOCK_UNTRUSTED)
    return None


def hours(case: Case) -> Denial | None:
    """Check the plan's hours, and the site's unless the plan is valid outside them.

    Leaving is always allowed, also after closing.
    """
    if case.leads_out:
        return None
    plan = case.plan if case.holder.kind is CredentialKind.MEMBER else None
    if case.asks_subscription and plan is not None and not case.is_within(plan.schedule):
        return Denial(DenyReason.OUTSIDE_PLAN_HOURS, Detail(reopens_at=_reopens_at(case, plan)))
    if not is_valid_outside_opening(case) and not case.is_within(case.site.opening):
        return Denial(DenyReason.SITE_CLOSED, Detail(reopens_at=_reopens_at(case, plan)))
    return None


def is_valid_outside_opening(case: Case) -> bool:
    """Return whether the holder's plan is valid outside opening hours."""
    return case.asks_subscription and case.plan is not None and case.plan.outside_opening


def service(case: Case) -> Denial | None:
    """Check that the point is in service (or the holder maintains it), that this program knows all
    rules in its `needs`, and that no fault is latched."""
    point, context = case.point, case.context
    if not (point.in_service and point.commissioned) and not case.is_maintainer:
        detail = Detail(
            service_reason=point.service_reason, not_commissioned=not point.commissioned
        )
        return Denial(DenyReason.OUT_OF_SERVICE, detail)
    unknown = {*point.needs} - KNOWN_NEEDS | {*context.unknown_needs}
    if unknown:
        return Denial(DenyReason.AGENT_TOO_OLD, Detail(needs=tuple(sorted(unknown))))
    if context.fault_latched:
        return Denial(DenyReason.FAULT_LATCHED, Detail(can_reset=case.is_maintainer))
    return None


def supervision(case: Case) -> Denial | None:
    """Check supervision: a host for a guest, an open window for groups and accompanied members, and
    what the point requires.

    Leaving needs no supervision.
    """
    if case.leads_out:
        return None
    if case.holder.kind is CredentialKind.GUEST and not _is_admitted(case):
        return Denial(DenyReason.SUPERVISOR_REQUIRED, Detail(host_needed=True))
    denial = window_supervision(case)
    if denial is not None:
        return denial
    if case.point.requirement.supervisor is Supervisor.EACH_START and not (
        case.holds_already or is_start_supervised(case)
    ):
        detail = Detail(supervisor=Supervisor.EACH_START, zone=case.point.zone)
        return Denial(DenyReason.SUPERVISOR_REQUIRED, detail)
    return None


def window_supervision(case: Case) -> Denial | None:
    """Check the supervision window, which must stay open during the whole session."""
    if not needs_window(case) or window_until(case) is not None:
        return None
    detail = Detail(supervisor=Supervisor.WINDOW, zone=case.point.zone)
    return Denial(DenyReason.SUPERVISOR_REQUIRED, detail)


def needs_window(case: Case) -> bool:
    """Return whether this person or this point needs an open supervision window."""
    return not case.leads_out and (
        case.point.requirement.supervisor is Supervisor.WINDOW
        or case.holder.kind is CredentialKind.GROUP
        or _is_accompanied(case)
    )


def window_until(case: Case) -> Utc | None:
    """Return the end of the supervision window for this person, None without one.

    Nobody can supervise themselves.
    """
    other_than = case.holder.member if _is_accompanied(case) else None
    window = open_window(case.context.windows, case.point.zone, case.now, other_than=other_than)
    return window.until if window is not None else None


def company(case: Case) -> Denial | None:
    """Check that enough people are present where nobody may work alone; unknown presence fails."""
    needed, present = case.point.requirement.company, case.context.present
    if needed <= 1 or (present is not None and present >= needed):
        return None
    return Denial(DenyReason.COMPANY_REQUIRED, Detail(company=needed, present=present))


def booking(case: Case) -> Denial | None:
    """Check that nobody else has booked the machine now, and that the holder has if the point
    requires it."""
    current = [
        b
        for b in case.context.bookings
        if b.access_point == case.point.id and b.starts_at <= case.now < b.ends_at
    ]
    if any(b.member == case.holder.member for b in current):
        return None
    until = max((b.ends_at for b in current), default=None)
    if case.point.requirement.booking is BookingRule.REQUIRED:
        return Denial(DenyReason.BOOKING_REQUIRED, Detail(booked_until=until))
    if current:
        return Denial(DenyReason.BOOKED_BY_OTHER, Detail(booked_until=until))
    return None


def availability(case: Case) -> Denial | None:
    """Check that the machine is free or may be taken over, that the zone has room, and that the
    required inputs are closed."""
    if case.context.held_by is not None and not case.holds_already and not _may_take_over(case):
        return Denial(DenyReason.IN_USE)
    capacity = _full_at(case)
    if capacity is not None:
        return Denial(DenyReason.ZONE_FULL, Detail(zone=case.point.zone, capacity=capacity))
    inputs = _open_inputs(case)
    return Denial(DenyReason.INTERLOCK_OPEN, Detail(inputs=inputs)) if inputs else None


def _open_inputs(case: Case) -> tuple[str, ...]:
    """Return the open inputs that forbid power; for a new session, also those that forbid a
    start."""
    context = case.context
    at_start = () if case.holds_already else context.open_start_inputs
    return (*context.open_interlocks, *at_start)


def _reopens_at(case: Case, plan: Plan | None) -> Utc | None:
    """Return when the plan's hours, and the site's unless the plan is valid outside them, are next
    open at once; None beyond the search."""
    keys = [plan.schedule] if case.asks_subscription and plan is not None else []
    keys += [] if is_valid_outside_opening(case) else [case.site.opening]
    schedules = [case.site.schedules.get(key) for key in keys if key is not None]
    zone, at = case.site.time_zone, case.now
    for _try in range(HORIZON_DAYS):
        closed = [
            schedule
            for schedule in schedules
            if schedule is None or not is_open(schedule, zone, at)
        ]
        if not closed:
            return at
        opens = opens_next(closed[0], zone, at) if closed[0] is not None else None
        if opens is None:
            return None
        at = opens
    return None


def _is_admitted(case: Case) -> bool:
    admitted = case.context.admitted_until
    return (admitted is not None and case.now < admitted) or has_host_tapped(case)


def _is_accompanied(case: Case) -> bool:
    return any(group.standing is CertificationStatus.ACCOMPANIED for group in required_groups(case))


def _may_take_over(case: Case) -> bool:
    rule = case.point.session.takeover
    idle = case.context.held_running is False
    return rule is Takeover.ALLOW or (rule is Takeover.WHEN_IDLE and idle)


def _full_at(case: Case) -> int | None:
    """Return the capacity of the zone behind this door if it is full; else None."""
    count, age = case.context.zone_count, case.context.zone_count_age_s
    if case.point.kind is not PointKind.DOOR or count is None or age is None:
        return None
    capacity = case.zone.capacity if case.zone is not None else None
    heads = max(1, case.holder.headcount or 1)
    is_full = capacity is not None and age <= ZONE_COUNT_MAX_AGE_S and count + heads > capacity
    return capacity if is_full else None
