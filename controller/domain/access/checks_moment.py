"""Checks that depend on the moment: fresh facts, opening hours, service, supervision, bookings,
capacity."""

from math import isfinite

from controller.domain.access.case import Case, Denial
from controller.domain.access.certifications import Standing, required_groups
from controller.domain.access.decision import DenyReason, Detail
from controller.domain.access.supervision import admitting_host, open_window, starting_supervisor
from controller.domain.facts import (
    POLICY_MAX_AGE_S,
    BookingRule,
    CredentialKind,
    PointKind,
    Risk,
    Supervisor,
    Takeover,
)
from controller.domain.schedule import opens_next
from controller.domain.time import Utc

KNOWN_NEEDS: frozenset[str] = frozenset()
"""Names of rules beyond protocol version 1 that this program knows."""

ZONE_COUNT_MAX_AGE_S = 300.0


def freshness(case: Case) -> Denial | None:
    """Facts must not be too old for the risk; a dangerous machine needs a trusted clock."""
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
    """Within the hours of the plan, and of the site unless the plan holds outside them.

    No hours keep anybody in: whoever stays after closing is let out.
    """
    if case.leads_out:
        return None
    plan = case.plan if case.holder.kind is CredentialKind.MEMBER else None
    if case.asks_subscription and plan is not None and not case.is_within(plan.schedule):
        detail = Detail(reopens_at=_reopens(case, plan.schedule))
        return Denial(DenyReason.OUTSIDE_PLAN_HOURS, detail)
    if not opens_outside(case) and not case.is_within(case.site.opening):
        return Denial(DenyReason.SITE_CLOSED, Detail(reopens_at=_reopens(case, case.site.opening)))
    return None


def opens_outside(case: Case) -> bool:
    """Whether the holder's plan holds outside opening hours."""
    return case.asks_subscription and case.plan is not None and case.plan.outside_opening


def service(case: Case) -> Denial | None:
    """The point must be in service or used by a maintainer, its rules known to this program, and
    no fault latched."""
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
    """A host for a guest; a window for a group, for who is accompanied, where one is asked.

    Nobody is needed to let anybody out.
    """
    if case.leads_out:
        return None
    if case.holder.kind is CredentialKind.GUEST and not _is_admitted(case):
        return Denial(DenyReason.SUPERVISOR_REQUIRED, Detail(host_needed=True))
    denial = window_supervision(case)
    if denial is not None:
        return denial
    if case.point.requirement.supervisor is Supervisor.EACH_START and not (
        case.holds_already or starting_supervisor(case)
    ):
        detail = Detail(supervisor=Supervisor.EACH_START, zone=case.point.zone)
        return Denial(DenyReason.SUPERVISOR_REQUIRED, detail)
    return None


def window_supervision(case: Case) -> Denial | None:
    """The part of supervision that must last as long as the session."""
    if not needs_window(case) or window_until(case) is not None:
        return None
    detail = Detail(supervisor=Supervisor.WINDOW, zone=case.point.zone)
    return Denial(DenyReason.SUPERVISOR_REQUIRED, detail)


def needs_window(case: Case) -> bool:
    """Whether an open supervision window is asked, of this person or at this point."""
    return not case.leads_out and (
        case.point.requirement.supervisor is Supervisor.WINDOW
        or case.holder.kind is CredentialKind.GROUP
        or _is_accompanied(case)
    )


def window_until(case: Case) -> Utc | None:
    """End of the supervision window that this person needs; nobody can supervise themselves."""
    other_than = case.holder.member if _is_accompanied(case) else None
    window = open_window(case.context.windows, case.point.zone, case.now, other_than=other_than)
    return window.until if window is not None else None


def company(case: Case) -> Denial | None:
    """Nobody may be alone where the point requires company; an unknown number counts as alone."""
    needed, present = case.point.requirement.company, case.context.present
    if needed <= 1 or (present is not None and present >= needed):
        return None
    return Denial(DenyReason.COMPANY_REQUIRED, Detail(company=needed, present=present))


def booking(case: Case) -> Denial | None:
    """One's own booking where one is asked, and nobody else's anywhere."""
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


def room(case: Case) -> Denial | None:
    """The machine free or to be taken over; room behind the door; interlocks and, at a start,
    start conditions hold."""
    if case.context.held_by is not None and not case.holds_already and not _may_take_over(case):
        return Denial(DenyReason.IN_USE)
    capacity = _full_at(case)
    if capacity is not None:
        return Denial(DenyReason.ZONE_FULL, Detail(zone=case.point.zone, capacity=capacity))
    inputs = _open_inputs(case)
    return Denial(DenyReason.INTERLOCK_OPEN, Detail(inputs=inputs)) if inputs else None


def _open_inputs(case: Case) -> tuple[str, ...]:
    """Open inputs that forbid power, or that forbid a start unless the person already holds the
    machine."""
    context = case.context
    at_start = () if case.holds_already else context.open_start_inputs
    return (*context.open_interlocks, *at_start)


def _reopens(case: Case, schedule_id: str | None) -> Utc | None:
    schedule = case.site.schedules.get(schedule_id) if schedule_id is not None else None
    return opens_next(schedule, case.site.time_zone, case.now) if schedule is not None else None


def _is_admitted(case: Case) -> bool:
    admitted = case.context.admitted_until
    return (admitted is not None and case.now < admitted) or admitting_host(case)


def _is_accompanied(case: Case) -> bool:
    return any(a.standing is Standing.ACCOMPANIED for a in required_groups(case))


def _may_take_over(case: Case) -> bool:
    rule = case.point.session.takeover
    idle = case.context.held_running is False
    return rule is Takeover.ALLOW or (rule is Takeover.WHEN_IDLE and idle)


def _full_at(case: Case) -> int | None:
    """The capacity of the zone behind this door, when whoever comes would exceed it."""
    count, age = case.context.zone_count, case.context.zone_count_age_s
    if case.point.kind is not PointKind.DOOR or count is None or age is None:
        return None
    capacity = case.zone.capacity if case.zone is not None else None
    heads = max(1, case.holder.headcount or 1)
    is_full = capacity is not None and age <= ZONE_COUNT_MAX_AGE_S and count + heads > capacity
    return capacity if is_full else None
