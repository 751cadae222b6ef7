"""Subscriptions: the periods in which members have a plan."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import (
    MemberLeft,
    MemberTakenBack,
    check_not_left,
    post_news_at_sites,
)
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import corrections
from controller.capabilities.plans.changes import PlanGiven, PlanTakenBack
from controller.capabilities.plans.lengths import year_from
from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.capabilities.plans.plans import member_for_plan
from controller.capabilities.plans.shapes import NewSubscription, Subscription, SubscriptionChange
from controller.capabilities.plans.withdrawn import SUBSCRIPTION_MOVED
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, is_there, require_version
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

MISTAKE_PERIOD = timedelta(days=1)
"""How long after its start a subscription can be deleted without a reason."""


def create(
    db: Session, new: NewSubscription, *, actor: Actor, now: Utc, key: str | None = None
) -> Subscription:
    """Subscribe a member to a plan of a site that knows them.

    `key`: the new row's id, if a bulk operation chooses it. Raises Invalid, Forbidden,
    AlreadyLeft, Conflict if the member has the plan on some of these days already.
    """
    member = member_for_plan(db, new.member_id, new.plan_id, actor)
    check_not_left(member)
    site_id = db.get_one(PlanRow, new.plan_id).site_id
    corrections.check_given(db, _plan_given(new, member.id, site_id, actor), now)
    _check_overlap(db, member, new.plan_id, new.valid_from, new.valid_until)
    row = SubscriptionRow(
        id=key or uuid7(),
        member_id=member.id,
        plan_id=new.plan_id,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        entered_at=now,
        entered_by=actor.ref,
    )
    db.add(row)
    _record(db, row, member, "subscription_created", actor, now, new.reason)
    return shape(row)


def next_year(
    db: Session, member_id: str, plan_id: str, zone: ZoneInfo, now: Utc
) -> tuple[Utc, Utc] | None:
    """Return the period of another year of the plan: from the end of the member's current or future
    period of it, else from now.

    None if the member has the plan without an end.
    """
    table = SubscriptionRow
    ends_query = select(table.valid_until).where(
        table.member_id == member_id,
        table.plan_id == plan_id,
        table.valid_until.is_(None) | (table.valid_until > now),
    )
    ends = list(db.scalars(ends_query))
    if not ends:
        return now, year_from(now, now, zone)
    fixed_ends = [end for end in ends if end is not None]
    if len(fixed_ends) < len(ends):
        return None
    return max(fixed_ends), year_from(max(fixed_ends), now, zone)


def get(db: Session, subscription_id: str, *, actor: Actor) -> Subscription:
    """Return one subscription. Raises NotFound."""
    return shape(_visible(db, subscription_id, actor)[0])


def page(
    db: Session, *, actor: Actor, member_id: str | None = None, cursor: Cursor = FIRST
) -> Page[Subscription]:
    """Return a page of the subscriptions of the actor's sites, or of one member."""
    sites = actor.sites(Permission.MEMBERS_READ)
    allowed = at_sites(PlanRow.site_id, sites)
    if actor.member_id is not None and sites is not None:
        allowed = allowed | (SubscriptionRow.member_id == actor.member_id)
    statement = select(SubscriptionRow).join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
    statement = statement.where(allowed)
    if member_id is not None:
        statement = statement.where(SubscriptionRow.member_id == member_id)
    key = SubscriptionRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, subscription_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Subscription:
    """Apply a merge patch: another plan of the same site, another period.

    Raises Invalid, Stale, Forbidden, Conflict if the member has that plan already on days that the
    change adds, …
    """
    row, member = _visible(db, subscription_id, actor)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    actor.require(Permission.MEMBERS_WRITE, site_id)
    require_version(row, version)
    new = merge(shape(row), patch, SubscriptionChange)
    if new.plan_id != row.plan_id:
        member_for_plan(db, member.id, new.plan_id, actor)
        if db.get_one(PlanRow, new.plan_id).site_id != site_id:
            raise Invalid.of("plan_id", f"not of {site_id}: give a new subscription of that plan")
    corrections.check_change(db, row, new, _plan_given(new, member.id, site_id, actor, row.id), now)
    is_shorter = row.valid_until is None or (new.valid_until and new.valid_until <= row.valid_until)
    if new.plan_id != row.plan_id or new.valid_from < row.valid_from or not is_shorter:
        _check_overlap(db, member, new.plan_id, new.valid_from, new.valid_until, but=row.id)
    old = row.plan_id, row.valid_from, row.valid_until
    row.plan_id, row.valid_from, row.valid_until = new.plan_id, new.valid_from, new.valid_until
    if old == (row.plan_id, row.valid_from, row.valid_until):
        return shape(row)
    is_moved = row.plan_id != old[0] or row.valid_from > old[1]
    action = SUBSCRIPTION_MOVED if is_moved else "subscription_changed"
    _record(db, row, member, action, actor, now, new.reason)
    return shape(row)


def end_early(
    db: Session, subscription_id: str, end: Utc, *, reason: str | None, actor: Actor, now: Utc
) -> tuple[Subscription, list[Subscription]]:
    """End a subscription earlier, and withdraw later periods of its plan that have not begun.

    Returns the subscription and the withdrawn periods. Raises WasSold, Invalid, Forbidden,
    NotFound.
    """
    patch = {"valid_until": end.text(), "reason": reason}
    shortened = change(db, subscription_id, patch, version=None, actor=actor, now=now)
    row, member = _visible(db, subscription_id, actor)
    later = select(SubscriptionRow).where(
        SubscriptionRow.member_id == member.id,
        SubscriptionRow.plan_id == row.plan_id,
        SubscriptionRow.id != row.id,
        SubscriptionRow.valid_from >= max(row.valid_from, now),
    )
    withdrawn = []
    for period in db.scalars(later.order_by(SubscriptionRow.valid_from)).all():
        withdrawn.append(shape(period))
        _withdraw(db, period, member, reason, actor, now)
    return shortened, withdrawn


def _check_overlap(
    db: Session, member: MemberRow, plan_id: str, starts: Utc, ends: Utc | None, *, but: str = ""
) -> None:
    """Raise Conflict if the member has the plan on some of these days, which would be charged
    twice; not through the subscription `but`. Of two at once, the second one waits."""
    is_there(db, member)
    table = SubscriptionRow
    overlapping = select(table).where(
        table.member_id == member.id,
        table.plan_id == plan_id,
        table.id != but,
        table.valid_until.is_(None) | (table.valid_until > starts),
    )
    if ends is not None:
        overlapping = overlapping.where(table.valid_from < ends)
    if (other := db.scalars(overlapping.order_by(table.valid_from).limit(1)).first()) is not None:
        until = other.valid_until.text() if other.valid_until else "no end"
        raise Conflict(
            f"the member has this plan already from {other.valid_from.text()} to {until}: change "
            f"the subscription {other.id}, or begin when it ends"
        )


def _plan_given(
    new: NewSubscription | SubscriptionChange,
    member_id: str,
    site_id: str,
    actor: Actor,
    changed_id: str | None = None,
) -> PlanGiven:
    return PlanGiven(
        site_id=site_id,
        plan_id=new.plan_id,
        member_id=member_id,
        starts=new.valid_from,
        ends=new.valid_until,
        changed_id=changed_id,
        reason=new.reason,
        actor=actor,
    )


def take_back(
    db: Session, subscription_id: str, reason: str | None = None, *, actor: Actor, now: Utc
) -> None:
    """Delete a subscription that was given by mistake.

    Allowed for the actor's own entry of today that has opened nothing, otherwise with `money:write`
    and a reason. Raises Conflict if it was sold, or has been valid for a day and there is no reason
    (end it instead); Forbidden, Invalid, NotFound.
    """
    row, member = _visible(db, subscription_id, actor)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    actor.require(Permission.MEMBERS_WRITE, site_id)
    react(db, PlanTakenBack(row.id, member.id))
    delete_unchecked(db, row, member, actor, now, reason)


def delete_unchecked(
    db: Session,
    row: SubscriptionRow,
    member: MemberRow,
    actor: Actor,
    now: Utc,
    reason: str | None = None,
) -> None:
    """Delete a subscription like `take_back`, but without requiring `members:write`, for features
    that have checked the actor, such as sales."""
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    may_explain = reason is not None and actor.may(Permission.MONEY_WRITE, site_id)
    if now - row.valid_from > MISTAKE_PERIOD and not may_explain:
        raise Conflict("it has been valid for more than a day; give it an end instead")
    corrections.check(db, row, site_id, reason, actor=actor, now=now)
    corrections.check_unused(db, row, site_id, reason, actor=actor)
    _record(db, row, member, "subscription_taken_back", actor, now, reason)
    db.delete(row)
    db.flush()


def take_back_all(db: Session, event: MemberTakenBack) -> None:
    """Delete the subscriptions of a member who was created by mistake."""
    subscriptions = select(SubscriptionRow).where(SubscriptionRow.member_id == event.member_id)
    for row in db.scalars(subscriptions):
        db.delete(row)
    db.flush()


def _visible(db: Session, key: str, actor: Actor) -> tuple[SubscriptionRow, MemberRow]:
    row = get_or_404(db, SubscriptionRow, key, "subscription")
    member = db.get_one(MemberRow, row.member_id)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    if actor.member_id != member.id and not actor.may(Permission.MEMBERS_READ, site_id):
        raise NotFound("subscription", key)
    return row, member


def _record(
    db: Session,
    row: SubscriptionRow,
    member: MemberRow,
    action: str,
    actor: Actor,
    now: Utc,
    reason: str | None = None,
) -> None:
    db.flush()
    subject, site_id = f"member:{member.id}", db.get_one(PlanRow, row.plan_id).site_id
    ends = row.valid_until.text() if row.valid_until else "never"
    period = {"subscription": row.id, "starts": row.valid_from.text(), "ends": ends}
    period["plan"] = row.plan_id
    audit.record(db, actor, now, action, subject, site_id, reason=reason, **period)
    post_news_at_sites(db, member.id, (member.site_id, site_id))


def shape(row: SubscriptionRow) -> Subscription:
    """Return the row for the API."""
    return to_shape(row, Subscription)


def end_all(db: Session, event: MemberLeft) -> None:
    """End the subscriptions of a member who has left, and delete those that have not begun.

    Each is changed or taken back as the actor's own change. Raises WasSold, Forbidden, Invalid.
    """
    lasting = select(SubscriptionRow).where(
        SubscriptionRow.member_id == event.member.id,
        SubscriptionRow.valid_until.is_(None) | (SubscriptionRow.valid_until > event.now),
    )
    member, reason, actor, now = event.member, event.reason, event.actor, event.now
    for row in db.scalars(lasting).all():
        site_id = db.get_one(PlanRow, row.plan_id).site_id
        if row.valid_from < now:
            corrections.check_end(db, row, site_id, reason, actor=actor, now=now)
            row.valid_until = now
            _record(db, row, member, "subscription_changed", actor, now, reason)
        else:
            _withdraw(db, row, member, reason, actor, now)


def _withdraw(
    db: Session, row: SubscriptionRow, member: MemberRow, reason: str | None, actor: Actor, now: Utc
) -> None:
    """Delete a period that has not begun, so that it is not charged.

    Raises WasSold, since its payment would become a credit; Forbidden, Invalid.
    """
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    react(db, PlanTakenBack(row.id, member.id))
    corrections.check(db, row, site_id, reason, actor=actor, now=now)
    corrections.check_unused(db, row, site_id, reason, actor=actor)
    _record(db, row, member, "subscription_taken_back", actor, now, reason)
    db.delete(row)
    db.flush()
