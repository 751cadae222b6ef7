"""Checks whether a session may continue under the current policy, and for how long."""

from dataclasses import replace

from controller.domain.access.case import Case
from controller.domain.access.decide import review
from controller.domain.access.decision import DenyReason
from controller.domain.access.limits import hours_until, right_until
from controller.domain.facts import AccessPoint, Holder
from controller.domain.machine.events import LimitsChanged, Revoked
from controller.domain.time import Utc
from devices.agent.clock import Clock
from devices.agent.judge import Judge, PointCondition

NEEDS_TIME_LIMIT = "switch_with_time_limit"
"""Added to the needs of a dangerous machine whose switch has no time limit: everybody is denied."""


def session_rights(
    holder: Holder | None, point: AccessPoint, condition: PointCondition, judge: Judge, clock: Clock
) -> Revoked | LimitsChanged:
    """Return what the current policy means for the open session."""
    now = clock.decision_time()
    context = judge.context(point, condition, now)
    reason = review(holder, point, judge.facts.site, now, context)
    if holder is None or reason is not None:
        return Revoked(reason=reason or DenyReason.CREDENTIAL_UNKNOWN)
    case = Case(holder, point, judge.facts.site, now, context)
    return LimitsChanged(
        until_closing_s=remaining_s(hours_until(case), now),
        right_left_s=remaining_s(right_until(case), now),
    )


def remaining_s(until: Utc | None, now: Utc) -> float | None:
    """Return the seconds until then, at least 0; None: no end."""
    return None if until is None else max(0.0, (until - now).total_seconds())


def deny_if_unsafe(point: AccessPoint, *, unsafe: bool) -> AccessPoint:
    """Return the point's facts; with a switch that is unsafe for its risk, they deny everybody."""
    if not unsafe:
        return point
    return replace(point, in_service=False, needs=(*point.needs, NEEDS_TIME_LIMIT))
