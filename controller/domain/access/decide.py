"""`decide()`, the only function that grants access."""

from collections.abc import Callable

from controller.domain.access import checks_moment, checks_person, limits
from controller.domain.access.best_subscription import with_best_subscription
from controller.domain.access.case import Case, Denial
from controller.domain.access.decision import Decision, DenyReason, Detail, Notice, NoticeKind
from controller.domain.access.subscription import subscription
from controller.domain.facts import AccessPoint, Context, Holder, Site
from controller.domain.time import Utc

__all__ = [
    "Decision",
    "Detail",
    "Notice",
    "NoticeKind",
    "decide",
    "denial_reason",
    "identify",
    "review",
]

_RIGHTS: tuple[Callable[[Case], Denial | None], ...] = (
    lambda case: checks_person.badge(case.holder, case.now),
    checks_person.membership,
    subscription,
    checks_person.certifications,
    checks_moment.window_supervision,
)
"""Checks that are repeated while a session runs."""

_TAP: tuple[Callable[[Case], Denial | None], ...] = (
    lambda case: checks_person.badge(case.holder, case.now),
    lambda case: checks_person.assurance(case.holder, case.point, case.context.assurance),
    checks_moment.freshness,
    checks_person.membership,
    subscription,
    checks_moment.hours,
    checks_moment.service,
    checks_person.certifications,
    checks_moment.supervision,
    checks_moment.company,
    checks_moment.booking,
    checks_moment.availability,
)
"""Checks at a tap, in the order of `DenyReason`."""


def decide(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> Decision:
    """Decide on one tap; a denial has the first reason that applies.

    Never raises: without facts access is denied. `now` is the trusted time or, if the clock is
    untrusted, the last signed time plus the time elapsed since.
    """
    if holder is None:
        return Decision(granted=False, at=now, reason=DenyReason.CREDENTIAL_UNKNOWN)
    case = with_best_subscription(Case(holder, point, site, now, context))
    denial = _first_denial(_TAP, case)
    if denial is not None:
        return Decision(granted=False, at=now, reason=denial.reason, detail=denial.detail)
    detail = Detail(hours_until=limits.hours_until(case), right_until=limits.right_until(case))
    return Decision(granted=True, at=now, detail=detail, notices=limits.notices(case))


def denial_reason(
    holder: Holder, point: AccessPoint, site: Site, now: Utc, context: Context
) -> DenyReason | None:
    """Return why `decide()` would deny this tap; None if it would grant it.

    It is for counting over many holders: the limits and notices of a grant take a third of its
    time.
    """
    denial = _first_denial(_TAP, with_best_subscription(Case(holder, point, site, now, context)))
    return denial.reason if denial is not None else None


def identify(
    holder: Holder | None, point: AccessPoint, now: Utc, context: Context
) -> DenyReason | None:
    """Return why this tap does not prove that the holder is here; None if it does.

    This proof is enough to end one's own session (`machine_events.BadgeOut`), even when access
    would be denied.
    """
    if holder is None:
        return DenyReason.CREDENTIAL_UNKNOWN
    denial = checks_person.badge(holder, now) or checks_person.assurance(
        holder, point, context.assurance
    )
    return denial.reason if denial is not None else None


def review(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> DenyReason | None:
    """Return why a running session must be revoked now; None if it may continue.

    Checks only rights: badge, member, subscription, certifications, supervision window. Hours and
    service have events of their own, and the other checks apply only to taps.
    """
    if holder is None:
        return DenyReason.CREDENTIAL_UNKNOWN
    case = with_best_subscription(Case(holder, point, site, now, context))
    denial = _first_denial(_RIGHTS, case)
    return denial.reason if denial is not None else None


def _first_denial(checks: tuple[Callable[[Case], Denial | None], ...], case: Case) -> Denial | None:
    denials = (check(case) for check in checks)
    return next((denial for denial in denials if denial is not None), None)
