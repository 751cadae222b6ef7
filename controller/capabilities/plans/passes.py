"""Passes by the day or half-day, which members are given or buy."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberLeft, check_not_left, post_news_at_sites
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import corrections
from controller.capabilities.plans.changes import PlanGiven, PlanTakenBack
from controller.capabilities.plans.models import PassKind, PassRow, PassUse, PlanRow
from controller.capabilities.plans.plans import member_for_plan
from controller.capabilities.plans.shapes import NewPass, Pass, PassChange
from controller.capabilities.plans.withdrawn import PASS_MOVED
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, is_there, require_version
from controller.kernel.validate import merge
from controller.wire.ids import uuid7


def create(db: Session, new: NewPass, *, actor: Actor, now: Utc) -> Pass:
    """Give a pass to a member. Raises Invalid, Forbidden."""
    member = member_for_plan(db, new.member_id, new.plan_id, actor)
    site_id = db.get_one(PlanRow, new.plan_id).site_id
    corrections.check_given(
        db, _plan_given(new, member.id, new.plan_id, new.kind, site_id, actor), now
    )
    return give(db, member, new, actor, now)


def give(db: Session, member: MemberRow, new: NewPass, actor: Actor, now: Utc) -> Pass:
    """Give a pass without checking the actor, for features that have checked, such as sales.

    Raises AlreadyLeft.
    """
    check_not_left(member)
    row = PassRow(
        id=uuid7(),
        member_id=member.id,
        plan_id=new.plan_id,
        kind=new.kind,
        units=new.units,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        entered_at=now,
        entered_by=actor.ref,
    )
    db.add(row)
    record_change(db, row, member, "pass_created", actor, now, new.reason)
    return shapes(db, [row])[0]


def get(db: Session, pass_id: str, *, actor: Actor) -> Pass:
    """Return one pass. Raises NotFound."""
    return shapes(db, [_visible(db, pass_id, actor)[0]])[0]


def page(
    db: Session, *, actor: Actor, member_id: str | None = None, cursor: Cursor = FIRST
) -> Page[Pass]:
    """Return a page of the passes of the actor's sites, or of one member."""
    sites = actor.sites(Permission.MEMBERS_READ)
    allowed = at_sites(PlanRow.site_id, sites)
    if actor.member_id is not None and sites is not None:
        allowed = allowed | (PassRow.member_id == actor.member_id)
    statement = select(PassRow).join(PlanRow, PlanRow.id == PassRow.plan_id).where(allowed)
    if member_id is not None:
        statement = statement.where(PassRow.member_id == member_id)
    return paged(db, statement, PassRow.id, cursor, lambda rows: shapes(db, rows))


def change(
    db: Session, pass_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Pass:
    """Apply a merge patch. Raises Conflict if fewer days would remain than are spent; Invalid, …"""
    row, member = _visible(db, pass_id, actor)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    actor.require(Permission.MEMBERS_WRITE, site_id)
    require_version(row, version)
    old = shapes(db, [row])[0]
    new = merge(old, patch, PassChange)
    plan_given = _plan_given(new, member.id, row.plan_id, row.kind, site_id, actor, pass_id)
    corrections.check_change(db, row, new, plan_given, now)
    if new.units < old.spent:
        raise Conflict(f"{old.spent} are spent already")
    if (new.units, new.valid_from, new.valid_until) == (old.units, old.valid_from, old.valid_until):
        return old
    row.units, row.valid_from, row.valid_until = new.units, new.valid_from, new.valid_until
    action = PASS_MOVED if row.valid_from > old.valid_from else "pass_changed"
    record_change(db, row, member, action, actor, now, new.reason)
    return shapes(db, [row])[0]


def _plan_given(
    new: NewPass | PassChange,
    member_id: str,
    plan_id: str,
    kind: PassKind,
    site_id: str,
    actor: Actor,
    changed_id: str | None = None,
) -> PlanGiven:
    return PlanGiven(
        site_id=site_id,
        plan_id=plan_id,
        member_id=member_id,
        starts=new.valid_from,
        ends=new.valid_until,
        pass_kind=kind,
        units=new.units,
        changed_id=changed_id,
        reason=new.reason,
        actor=actor,
    )


def end_all(db: Session, event: MemberLeft) -> None:
    """End the unspent passes of a member who has left. Raises Invalid."""
    member, reason, actor, now = event.member, event.reason, event.actor, event.now
    open_passes = select(PassRow).where(
        PassRow.member_id == member.id, PassRow.valid_until.is_(None) | (PassRow.valid_until > now)
    )
    for row in db.scalars(open_passes).all():
        site_id = db.get_one(PlanRow, row.plan_id).site_id
        corrections.check_end(db, row, site_id, reason, actor=actor, now=now)
        corrections.check_days_spent(db, row, site_id, reason, actor=actor, now=now)
        row.valid_until = max(now, Utc.of(row.valid_from + timedelta(milliseconds=1)))
        record_change(db, row, member, "pass_changed", actor, now, reason)


def take_back(
    db: Session, pass_id: str, reason: str | None = None, *, actor: Actor, now: Utc
) -> None:
    """Delete a pass that was given by mistake, as `corrections.check` allows.

    Raises Conflict if a day of it is spent, or it was sold; Forbidden, Invalid, NotFound.
    """
    row, member = _visible(db, pass_id, actor)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    actor.require(Permission.MEMBERS_WRITE, site_id)
    corrections.check(db, row, site_id, reason, actor=actor, now=now)
    react(db, PlanTakenBack(row.id, member.id))
    delete_unchecked(db, row, member, actor, now, reason)


def delete_unchecked(
    db: Session, row: PassRow, member: MemberRow, actor: Actor, now: Utc, reason: str | None = None
) -> None:
    """Delete a pass without the checks of `take_back`, for features that have checked the actor.

    Raises Conflict, Forbidden, …
    """
    if is_there(db, row) and spent_days(db, [row.id]):
        raise Conflict("some of it is spent already; change its number of days instead")
    corrections.check_unused(db, row, db.get_one(PlanRow, row.plan_id).site_id, reason, actor=actor)
    record_change(db, row, member, "pass_taken_back", actor, now, reason)
    db.delete(row)
    db.flush()


def unspent_passes(
    db: Session, member_id: str, site_id: str, now: Utc
) -> list[tuple[str, PassKind, int]]:
    """Return a member's unspent days at a site: plan, kind and number."""
    passes_of_site = select(PassRow).join(PlanRow, PlanRow.id == PassRow.plan_id)
    rows = db.scalars(
        passes_of_site.where(
            PassRow.member_id == member_id,
            PlanRow.site_id == site_id,
            PassRow.valid_until.is_(None) | (PassRow.valid_until > now),
        ).order_by(PassRow.plan_id, PassRow.id)
    ).all()
    spent = spent_days(db, [row.id for row in rows])
    unspent: dict[tuple[str, PassKind], int] = {}
    for row in rows:
        left = row.units - spent.get(row.id, 0)
        unspent[row.plan_id, row.kind] = unspent.get((row.plan_id, row.kind), 0) + max(0, left)
    return [(plan, kind, units) for (plan, kind), units in unspent.items() if units]


def spent_passes(db: Session, pass_ids: Sequence[str]) -> set[str]:
    """Return the passes that have a spent day, and so can't be deleted."""
    return {key for key, days in spent_days(db, pass_ids).items() if days}


def members_with_pass(db: Session, member_refs: Iterable[str]) -> set[str]:
    """Return the member references that have any pass."""
    statement = select(MemberRow.ref).join(PassRow, PassRow.member_id == MemberRow.id)
    return set(db.scalars(statement.where(MemberRow.ref.in_(set(member_refs)))))


def _visible(db: Session, key: str, actor: Actor) -> tuple[PassRow, MemberRow]:
    row = get_or_404(db, PassRow, key, "pass")
    member = db.get_one(MemberRow, row.member_id)
    site_id = db.get_one(PlanRow, row.plan_id).site_id
    if actor.member_id != member.id and not actor.may(Permission.MEMBERS_READ, site_id):
        raise NotFound("pass", key)
    return row, member


def spent_days(db: Session, keys: Sequence[str]) -> dict[str, int]:
    """Return the number of spent days or half-days of each pass that has any, by its id."""
    if not keys:
        return {}
    statement = select(PassUse.pass_id, func.count()).where(PassUse.pass_id.in_(keys))
    rows = db.execute(statement.group_by(PassUse.pass_id))
    return {row[0]: row[1] for row in rows}


def record_change(
    db: Session,
    row: PassRow,
    member: MemberRow,
    action: str,
    actor: Actor,
    now: Utc,
    reason: str | None = None,
) -> None:
    """Record a change to a pass in the audit log, and post it as news."""
    db.flush()
    subject, site_id = f"member:{member.id}", db.get_one(PlanRow, row.plan_id).site_id
    detail = {"pass": row.id, "starts": row.valid_from.text(), "plan": row.plan_id}
    audit.record(db, actor, now, action, subject, site_id, reason=reason, **detail)
    post_news_at_sites(db, member.id, (member.site_id, site_id))


def shapes(db: Session, rows: Sequence[PassRow]) -> list[Pass]:
    """Return the rows for the API, with the number of spent days."""
    spent = spent_days(db, [row.id for row in rows])
    return [to_shape(row, Pass, spent=spent.get(row.id, 0)) for row in rows]
