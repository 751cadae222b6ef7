"""Whether a period of a plan opens an access point at a time, and who was let in without one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, PassUse
from controller.capabilities.plans.periods import Period, periods_of
from controller.domain.access.best_subscription import has_valid_subscription
from controller.domain.access.case import Case
from controller.domain.facts import AccessPoint, Context, Holder, Site
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.kernel.errors import NotFound
from controller.policy import facts_of


def period_opens_point(
    period: Period, holder: Holder, point: AccessPoint, site: Site, at: Utc
) -> bool:
    """Return whether the period alone gives the holder the subscription that the point asks for,
    within the hours of its plan."""
    alone = replace(
        holder,
        plan=period.plan,
        subscription_from=period.start,
        subscription_until=period.end,
        grace_days=period.grace_days,
        subscriptions=(),
    )
    return has_valid_subscription(Case(alone, point, site, at, Context()))


def rights_of(db: Session, member: MemberRow, site_id: str, at: Utc) -> Holder:
    """Return the member's rights; without any, if the site does not know them."""
    return facts_of.rights_of(db, member.id, site_id, at) or Holder(member=MemberRef(member.ref))


def points_without_plan(
    db: Session, member: MemberRow, site_id: str, admitted: Iterable[tuple[Utc, str | None]]
) -> Iterator[AccessPoint | None]:
    """Yield the access point of each time that the member was admitted by neither a subscription
    entered by then nor a spent day of a pass; None for one that is gone.

    `admitted`: when and where.
    """
    points: dict[str, AccessPoint | None] = {}
    for at, point_id in admitted:
        key = point_id or ""
        if key not in points:
            points[key] = _point(db, site_id, key, at)
        point = points[key]
        site, holder = facts_of.site(db, site_id, at), rights_of(db, member, site_id, at)
        periods = periods_of(db, [member.id], site_id, entered_by=at).get(member.id, [])
        periods += _spent_days(db, member.id, at)
        if point is None or not any(
            period_opens_point(it, holder, point, site, at) for it in periods
        ):
            yield point


def _point(db: Session, site_id: str, key: str, at: Utc) -> AccessPoint | None:
    try:
        return facts_of.point(db, site_id, key, at)
    except NotFound:
        return None


def _spent_days(db: Session, member_id: str, at: Utc) -> list[Period]:
    """Return the days of passes that the member has spent at that time, as periods."""
    rows = db.execute(
        select(PassRow.plan_id, PassUse.starts_at, PassUse.ends_at)
        .join(PassRow, PassRow.id == PassUse.pass_id)
        .where(PassUse.member_id == member_id, PassUse.starts_at <= at, PassUse.ends_at > at)
    )
    return [Period(row.plan_id, 0, row.starts_at, row.ends_at) for row in rows]
