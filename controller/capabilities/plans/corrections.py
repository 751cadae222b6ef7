"""Who may give and correct subscriptions and passes, since these decide what somebody owes."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.changes import PlanGiven, UseQuestion, WasUsed
from controller.capabilities.plans.models import PassRow, PassUse, SubscriptionRow
from controller.capabilities.plans.shapes import PassChange, SubscriptionChange
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.capability import react
from controller.kernel.corrections import WhyGift, check_correction, check_gift, check_reason
from controller.kernel.journal_where import OPENED, have_arrived, is_mentioned


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
        why = "it has opened something, or an offline box may have: say why it is changed"
        check_gift(actor, site_id, reason, why, owed_by=row.member_id)


def has_opened(db: Session, row: SubscriptionRow | PassRow, site_id: str) -> bool:
    """Return whether a day of the pass is spent, or the member was let in during the subscription.

    Also True while an offline agent may have let the member in without having reported it.
    """
    began = max(row.valid_from, row.entered_at or row.valid_from)
    if not have_arrived(db, began, site_id):
        return True
    return is_used(db, row, site_id)


def is_used(db: Session, row: SubscriptionRow | PassRow, site_id: str) -> bool:
    """Return whether it has opened something, as far as is known here."""
    if isinstance(row, PassRow):
        spent = exists().where(PassUse.pass_id == row.id)
        return bool(db.scalar(select(spent)))
    began = max(row.valid_from, row.entered_at or row.valid_from)
    ref = db.get_one(MemberRow, row.member_id).ref
    return is_mentioned(db, ref, began, site_id=site_id, types=OPENED) or _is_in(
        db, UseQuestion(ref, site_id, began)
    )


def _is_in(db: Session, asked: UseQuestion) -> bool:
    try:
        react(db, asked)
    except WasUsed:
        return True
    return False


def check_given(db: Session, given: PlanGiven, now: Utc) -> None:
    """Require `money:write` and a reason for what begins before today or has no price (ADR 0216).

    Raises Forbidden, Invalid.
    """
    if _day(db, given.site_id, given.starts) < _day(db, given.site_id, now):
        why, owed_by = WhyGift.BEGUN, given.member_id
        check_gift(given.actor, given.site_id, given.reason, why, owed_by=owed_by)
    react(db, given)


def check_change(
    db: Session,
    row: SubscriptionRow | PassRow,
    new: SubscriptionChange | PassChange,
    given: PlanGiven,
    now: Utc,
) -> None:
    """Check a change of a subscription or a pass.

    Another plan, start or number of days, a later end, or an end in the past is a correction, and
    the result is checked like a new one for its whole period. If it has opened something, another
    plan, a later start or fewer days need `money:write`. An earlier end needs a reason, since the
    member loses something. Raises Forbidden, Invalid.
    """
    old, end = row.valid_until, new.valid_until
    is_later = old is not None and (end is None or end > old)
    is_over = old != end and any(moment is not None and moment < now for moment in (old, end))
    units = row.units if isinstance(row, PassRow) else 0
    is_other = (row.plan_id, row.valid_from, units) != (given.plan_id, given.starts, given.units)
    if is_later or is_over or is_other:
        check(db, row, given.site_id, given.reason, actor=given.actor, now=now)
    elif old != end:
        check_end(db, row, given.site_id, given.reason, actor=given.actor, now=now)
    is_less = given.starts > row.valid_from or given.units < units
    if is_less or given.plan_id != row.plan_id:
        check_unused(db, row, given.site_id, given.reason, actor=given.actor)
    if is_other or is_later:
        check_given(db, given, now)


def check_end(
    db: Session,
    row: SubscriptionRow | PassRow,
    site_id: str,
    reason: str | None,
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """An earlier end needs a reason, but of one's own entry of today. Raises Invalid."""
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
