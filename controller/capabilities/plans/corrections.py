"""Who may give and correct subscriptions and passes, since these decide what members owe."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.changes import PlanGiven, UseQuestion, WasUsed
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.capabilities.plans.shapes import PassChange, SubscriptionChange
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.capability import react
from controller.kernel.corrections import WhyGift, check_correction, check_gift, check_reason
from controller.kernel.journal_where import OPENED, have_arrived, is_mentioned, mentions


def check(
    db: Session,
    row: SubscriptionRow | PassRow,
    site_id: str,
    reason: str | None,
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """Allow a correction of the actor's own entry of today, or with `money:write` and a reason.

    Raises Forbidden, Invalid.
    """
    is_own = is_own_of_today(row, _zone(db, site_id), actor=actor, now=now)
    check_correction(actor, site_id, reason, is_own_of_today=is_own, owed_by=row.member_id)


def check_unused(
    db: Session, row: SubscriptionRow | PassRow, site_id: str, reason: str | None, *, actor: Actor
) -> None:
    """Require `money:write` and a reason if the subscription or pass has opened something.

    Raises Forbidden, Invalid.
    """
    if has_opened(db, row, site_id):
        message = "it has opened something, or an offline box may have: say why it is changed"
        check_gift(actor, site_id, reason, message, owed_by=row.member_id)


def has_opened(db: Session, row: SubscriptionRow | PassRow, site_id: str) -> bool:
    """Return whether the subscription or pass is used.

    Also True while an offline agent may have admitted the member without reporting it.
    """
    began = max(row.valid_from, row.entered_at or row.valid_from)
    if not have_arrived(db, began, site_id, even_unnoticed=True):
        return True
    return is_used(db, row, site_id)


def is_used(db: Session, row: SubscriptionRow | PassRow, site_id: str) -> bool:
    """Return whether it is known to have opened something: the member was admitted since it began.

    A pass is also used if a day of it is spent, and not by what a subscription or another pass
    covered.
    """
    began = max(row.valid_from, row.entered_at or row.valid_from)
    ref = db.get_one(MemberRow, row.member_id).ref
    if isinstance(row, PassRow):
        if db.scalar(select(exists().where(PassUse.pass_id == row.id))):
            return True
        admitted = mentions(db, ref, began, site_id=site_id, types=OPENED)
        return any(not _is_covered(db, row.member_id, site_id, at) for at in admitted)
    return is_mentioned(db, ref, began, site_id=site_id, types=OPENED) or _is_in(
        db, UseQuestion(ref, site_id, began)
    )


def _is_covered(db: Session, member_id: str, site_id: str, at: Utc) -> bool:
    """Return whether the member had a subscription at the site, or had spent a day of a pass."""
    table = SubscriptionRow
    of_site = select(table.id).join(PlanRow, PlanRow.id == table.plan_id)
    subscription = of_site.where(
        table.member_id == member_id,
        PlanRow.site_id == site_id,
        table.valid_from <= at,
        or_(table.valid_until.is_(None), table.valid_until > at),
        or_(table.entered_at.is_(None), table.entered_at <= at),
    )
    spent_day = select(PassUse.id).where(
        PassUse.member_id == member_id, PassUse.starts_at <= at, PassUse.ends_at > at
    )
    return any(db.scalar(found.limit(1)) is not None for found in (subscription, spent_day))


def _is_in(db: Session, question: UseQuestion) -> bool:
    try:
        react(db, question)
    except WasUsed:
        return True
    return False


def check_given(db: Session, plan_given: PlanGiven, now: Utc) -> None:
    """Require `money:write` and a reason for anything that begins before today or has no price (ADR
    0216).

    Raises Forbidden, Invalid.
    """
    if _day(db, plan_given.site_id, plan_given.starts) < _day(db, plan_given.site_id, now):
        gift, owed_by = WhyGift.BEGUN, plan_given.member_id
        check_gift(plan_given.actor, plan_given.site_id, plan_given.reason, gift, owed_by=owed_by)
    react(db, plan_given)


def check_change(
    db: Session,
    row: SubscriptionRow | PassRow,
    new: SubscriptionChange | PassChange,
    plan_given: PlanGiven,
    now: Utc,
) -> None:
    """Check a change to a subscription or a pass. Raises Forbidden, Invalid.

    Another plan, start or number of days, a later end, or an end in the past is a correction; its
    result is checked like a new one for the whole period. If it has opened something, another plan,
    a later start or fewer days need `money:write`. An earlier end needs a reason, since the member
    loses something.
    """
    old, end = row.valid_until, new.valid_until
    is_later = old is not None and (end is None or end > old)
    is_over = old != end and any(moment is not None and moment < now for moment in (old, end))
    units = row.units if isinstance(row, PassRow) else 0
    is_other = (row.plan_id, row.valid_from, units) != (
        plan_given.plan_id,
        plan_given.starts,
        plan_given.units,
    )
    if is_later or is_over or is_other:
        check(db, row, plan_given.site_id, plan_given.reason, actor=plan_given.actor, now=now)
    elif old != end:
        check_end(db, row, plan_given.site_id, plan_given.reason, actor=plan_given.actor, now=now)
    is_less = plan_given.starts > row.valid_from or plan_given.units < units
    if is_less or plan_given.plan_id != row.plan_id:
        check_unused(db, row, plan_given.site_id, plan_given.reason, actor=plan_given.actor)
    if is_other or is_later:
        check_given(db, plan_given, now)


def check_end(
    db: Session,
    row: SubscriptionRow | PassRow,
    site_id: str,
    reason: str | None,
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """Require a reason for an earlier end, except for one's own entry of today. Raises Invalid."""
    if not is_own_of_today(row, _zone(db, site_id), actor=actor, now=now):
        check_reason(actor, reason, "a subscription or a pass ends earlier: say why")


def is_own_of_today(
    row: SubscriptionRow | PassRow, zone: ZoneInfo, *, actor: Actor, now: Utc
) -> bool:
    """Return whether the actor entered it today."""
    entered = row.entered_at and row.entered_at.astimezone(zone).date()
    return entered == now.astimezone(zone).date() and row.entered_by == actor.ref


def _zone(db: Session, site_id: str) -> ZoneInfo:
    return ZoneInfo(db.get_one(SiteRow, site_id).time_zone)


def _day(db: Session, site_id: str, at: Utc) -> date:
    return at.astimezone(_zone(db, site_id)).date()
