"""Lists all rights that a person lacks at an access point; `decide()` gives only the first
reason."""

from collections.abc import Iterator

from controller.domain.access import checks_person
from controller.domain.access.best_subscription import with_best_subscription
from controller.domain.access.case import Case, Denial
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.access.subscription import subscription
from controller.domain.facts import AccessPoint, Context, Holder, Site
from controller.domain.time import Utc


def missing_rights(
    holder: Holder, point: AccessPoint, site: Site, now: Utc, *, has_badge: bool = True
) -> tuple[Decision, ...]:
    """Return a denial for each right that the holder lacks, in the order of `DenyReason`.

    Only lasting reasons are listed, not hours or bookings. Without a badge (`has_badge`), the other
    checks run as if the person had one.
    """
    case = with_best_subscription(Case(holder, point, site, now, Context()))
    return tuple(
        Decision(granted=False, at=now, reason=denial.reason, detail=denial.detail)
        for denial in _denials(case, has_badge)
    )


def _denials(case: Case, has_badge: bool) -> Iterator[Denial]:
    holder = case.holder
    badge = checks_person.badge(holder, case.now)
    if not has_badge:
        badge = Denial(DenyReason.CREDENTIAL_UNKNOWN)
    denials = (
        badge,
        checks_person.assurance(holder, case.point, holder.assurance),
        checks_person.membership(case),
        subscription(case),
    )
    yield from filter(None, denials)
    yield from checks_person.each_certification(case)
