"""Who may give and correct subscriptions and passes, since these decide what members owe."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.changes import PlanGiven, UseQuestion, WasUsed
from controller.capabilities.plans.models import PassRow, PassUse, SubscriptionRow
from controller.capabilities.plans.plan_access import points_without_plan
from controller.capabilities.plans.shapes import PassChange, SubscriptionChange
from controller.domain.facts import AccessPoint
from controller.domain.time import MAX_CLOCK_LAG, Utc
from controller.kernel.actor import Actor
from controller.kernel.capability import react
from controller.kernel.corrections import WhyGift, check_correction, check_gift, check_reason
from controller.kernel.journal_where import OPENED, SILENCE, have_arrived, mentions


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
    return not _have_arrived(db, row, site_id) or is_used(db, row, site_id)


def awaits_boxes(db: Session, row: SubscriptionRow | PassRow, site_id: str, now: Utc) -> bool:
    """Return whether agents may just not have confirmed it yet: it was entered a moment ago, it is
    not used, and none is known to be away.

    While this lasts, `has_opened` is True, though it most likely won't be in some seconds.
    """
    entered = row.entered_at
    if entered is None or not now - SILENCE <= entered <= now or _have_arrived(db, row, site_id):
        return False
    return have_arrived(db, entered, site_id) and not is_used(db, row, site_id)


def _have_arrived(db: Session, row: SubscriptionRow | PassRow, site_id: str) -> bool:
    """Return whether all events have arrived since it was entered.

    Agents know it from then on, and admit by it once it begins, however long they are offline.
    """
    return have_arrived(db, row.entered_at or row.valid_from, site_id, even_unnoticed=True)


def is_used(db: Session, row: SubscriptionRow | PassRow, site_id: str) -> bool:
    """Return whether it is known to have opened something: the member was admitted since it began,
    as an event reported that arrived after it was entered.

    A pass is also used if a day of it is spent, and not by what a subscription or another pass
    covered.
    """
    member = db.get_one(MemberRow, row.member_id)
    if isinstance(row, PassRow):
        if db.scalar(select(exists().where(PassUse.pass_id == row.id))):
            return True
        return any(True for _point in _points_without_plan(db, row, member, site_id))
    if any(True for _admission in _admissions(db, row, member, site_id)):
        return True
    began = max(row.valid_from, row.entered_at or row.valid_from)
    return _was_used(db, UseQuestion(member.ref, site_id, began))


def _admissions(
    db: Session, row: SubscriptionRow | PassRow, member: MemberRow, site_id: str
) -> Iterator[tuple[Utc, str | None]]:
    """Yield when and where the member was admitted since it began, from events that arrived after
    it was entered; a box's clock may be behind by `MAX_CLOCK_LAG`."""
    began = Utc.of(row.valid_from - MAX_CLOCK_LAG)
    entered = row.entered_at
    return mentions(db, member.ref, began, site_id=site_id, types=OPENED, arrived_since=entered)


def _points_without_plan(
    db: Session, row: PassRow, member: MemberRow, site_id: str
) -> Iterator[AccessPoint | None]:
    """Yield where the member was admitted since the pass began, though nothing else opens that."""
    return points_without_plan(db, member, site_id, _admissions(db, row, member, site_id))


def _was_used(db: Session, question: UseQuestion) -> bool:
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
    a later start or fewer days need `money:write`, and so does another end of a pass of which a day
    may not be spent yet. An earlier end needs a reason, since the member
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
    if isinstance(row, PassRow) and old != end:
        site_id, reason, actor = plan_given.site_id, plan_given.reason, plan_given.actor
        check_days_spent(db, row, site_id, reason, actor=actor, now=now)
    is_less = plan_given.starts > row.valid_from or plan_given.units < units
    if is_less or plan_given.plan_id != row.plan_id:
        check_unused(db, row, plan_given.site_id, plan_given.reason, actor=plan_given.actor)
    if is_other or is_later:
        check_given(db, plan_given, now)


def check_days_spent(
    db: Session, row: PassRow, site_id: str, reason: str | None, *, actor: Actor, now: Utc
) -> None:
    """Require `money:write` and a reason for another end of a pass while an offline agent may have
    admitted its member without reporting it, since what is reported after an end spends no day.

    On the day of its entry, when its end can be put back freely, what was reported must have spent
    a day, too. Raises Forbidden, Invalid.
    """
    is_missing = not _have_arrived(db, row, site_id)
    if not is_missing and is_own_of_today(row, _zone(db, site_id), actor=actor, now=now):
        member = db.get_one(MemberRow, row.member_id)
        points = _points_without_plan(db, row, member, site_id)
        is_missing = any(point is None or point.requirement.subscription for point in points)
    if is_missing:
        message = "an offline box may report days of this pass: say why its end is changed"
        check_gift(actor, site_id, reason, message, owed_by=row.member_id)


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
