"""Gives, suspends, restores and withdraws members' certifications; stores each step with its
reason."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members import merged_records, network
from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.members import member_row
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.training import certify_rights, scope
from controller.capabilities.training.models import (
    CertificationRow,
    HeldAction,
    HeldHistory,
    HeldRow,
)
from controller.capabilities.training.shapes import Grant, Held, HeldStep
from controller.capabilities.training.validity import ends_at
from controller.domain.facts import HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.names import names_of
from controller.kernel.outbox import post_news
from controller.kernel.rows import get_or_404
from controller.kernel.validate import several_lines
from controller.wire.ids import uuid7

WITHDRAWAL_PERIOD = timedelta(minutes=5)
"""How long after certifying somebody the same actor may withdraw it as a mistake."""
_GRANTS = (HeldAction.GRANTED, HeldAction.FOUNDING)


def grant(
    db: Session,
    member_id: str,
    certification_id: str,
    new: Grant,
    *,
    actor: Actor,
    now: Utc,
    operation: str | None = None,
) -> Held:
    """Certify a member at a level, from `now`; idempotent for the same `now`.

    Raises NotFound where the certification is not valid at any site of the member; Forbidden
    unless `certify_rights` allows it, and always for oneself; Invalid if a
    first trainer is appointed without a reason; Conflict while the certification is suspended.
    `operation` is the id of the bulk operation of which this is a step.
    """
    member = member_row(db, member_id, actor)
    certification = get_or_404(db, CertificationRow, certification_id, "certification")
    scope.valid_sites(db, member, certification)  # raises NotFound if there is none
    row = db.get(HeldRow, (member_id, certification_id))
    if row is not None and row.granted_at == now:
        return _shape(db, row)
    founding = certify_rights.check(db, actor, member, certification_id, new.level, now)
    if founding and new.reason is None:
        raise Invalid.of("reason", "required: this names the first trainer of the certification")
    if row is not None and row.status is HeldStatus.SUSPENDED:
        raise Conflict("this certification is suspended; restore it")
    zone = db.get_one(SiteRow, member.site_id).time_zone
    row = row or HeldRow(member_id=member_id, certification_id=certification_id)
    db.add(row)
    row.level, row.status, row.granted_by = new.level, HeldStatus.ACTIVE, actor.ref
    row.granted_at = row.valid_from = now
    row.valid_until = ends_at(certification, zone, now)
    action = HeldAction.FOUNDING if founding else HeldAction.GRANTED
    _store_step(db, row, member, action, new.reason, actor, now, operation)
    return _shape(db, row)


def suspend(
    db: Session, member_id: str, certification_id: str, reason: str, *, actor: Actor, now: Utc
) -> Held:
    """Suspend a certification, which is not valid until it is restored.

    Raises Conflict when it is already suspended.
    """
    return _set_status(db, member_id, certification_id, HeldStatus.SUSPENDED, reason, actor, now)


def restore(
    db: Session, member_id: str, certification_id: str, reason: str, *, actor: Actor, now: Utc
) -> Held:
    """Restore a suspended certification, with its former end date.

    Raises Conflict when it is not suspended.
    """
    return _set_status(db, member_id, certification_id, HeldStatus.ACTIVE, reason, actor, now)


def withdraw(
    db: Session,
    member_id: str,
    certification_id: str,
    *,
    actor: Actor,
    now: Utc,
    at: Utc | None = None,
) -> None:
    """Withdraw a certification that was given by mistake: the member holds again what they held
    before. `at`: when it was given, to withdraw no later one.

    Only the actor who gave it can do so, within `WITHDRAWAL_PERIOD`, and only if the actor could
    give the previous level. Raises NotFound, Forbidden, and Conflict when it is too late or the
    certification has changed since.
    """
    member = member_row(db, member_id, actor)
    row = _row(db, member_id, certification_id, actor)
    if row.granted_by != actor.ref:
        raise Forbidden("only the person who gave it can withdraw it; suspend it instead")
    steps = _steps(db, member_id, certification_id)
    if steps[-1].action not in _GRANTS or now - row.granted_at > WITHDRAWAL_PERIOD:
        raise Conflict("too late to withdraw it; suspend it instead")
    if at not in (None, row.granted_at):
        raise Conflict("it was given again since")
    before = _in_force(steps[:-1])
    if before is not None and before.level is not row.level and not is_over(before, now):
        levels = {row.level, before.level}
        certify_rights.check_change(db, actor, member, certification_id, levels, now)
    _store_step(db, row, member, HeldAction.WITHDRAWN, None, actor, now)
    if before is None:
        db.delete(row)
    else:
        row.level, row.granted_by, row.granted_at = before.level, before.by, before.at
        row.valid_from, row.valid_until = before.at, before.valid_until
    db.flush()


def is_over(holding: HeldRow | HeldHistory, now: Utc) -> bool:
    """Return whether a certification has ended."""
    return holding.valid_until is not None and holding.valid_until <= now


def _in_force(steps: Sequence[HeldHistory]) -> HeldHistory | None:
    """Return the newest grant that was not withdrawn, or None."""
    grants: list[HeldHistory] = []
    for step in steps:
        if step.action in _GRANTS:
            grants.append(step)
        elif step.action is HeldAction.WITHDRAWN:
            grants.pop()
    return grants[-1] if grants else None


def of_member(db: Session, member_id: str, *, actor: Actor) -> list[Held]:
    """Return the certifications of a member that the actor may read, ordered by certification."""
    member_row(db, member_id, actor)
    sites = None if actor.member_id == member_id else actor.sites(Permission.MEMBERS_READ)
    statement = (
        select(HeldRow)
        .join(CertificationRow, CertificationRow.id == HeldRow.certification_id)
        .where(HeldRow.member_id == member_id, scope.counts_at(CertificationRow, sites))
    )
    rows = db.scalars(statement.order_by(HeldRow.certification_id)).all()
    names = names_of(db, [row.granted_by for row in rows])
    return [_fill(row, names) for row in rows]


def get(db: Session, member_id: str, certification_id: str, *, actor: Actor) -> Held:
    """Return one certification of a member. Raises NotFound."""
    member_row(db, member_id, actor)
    return _shape(db, _row(db, member_id, certification_id, actor))


def history(
    db: Session, member_id: str, certification_id: str, *, actor: Actor, now: Utc
) -> list[HeldStep]:
    """Return the steps of a member's certification, oldest first.

    Reasons are included only for the member and for those who may certify.
    """
    member = member_row(db, member_id, actor)
    row = get_or_404(db, CertificationRow, certification_id, "certification")
    shows_reasons = (
        actor.member_id == member_id
        or any(actor.may(Permission.CERTIFY, site) for site in (member.site_id, row.site_id))
        or certify_rights.is_trainer(db, actor, certification_id, now)
    )
    return [
        to_shape(step, HeldStep, reason=step.reason if shows_reasons else None)
        for step in _steps(db, member_id, certification_id)
    ]


def _steps(db: Session, member_id: str, certification_id: str) -> Sequence[HeldHistory]:
    """Return the steps, oldest first, including those of records that were merged into this
    member."""
    of_member_records = HeldHistory.member_id.in_(merged_records.ids_of(db, member_id))
    statement = select(HeldHistory).where(
        of_member_records, HeldHistory.certification_id == certification_id
    )
    return db.scalars(statement.order_by(HeldHistory.id)).all()


def grantable(db: Session, member_id: str, *, actor: Actor, now: Utc) -> list[tuple[str, Level]]:
    """Return the certifications that the actor may give this member, each with the highest level;
    none once the member has left."""
    member = member_row(db, member_id, actor)
    if member.status is MemberStatus.LEFT:
        return []
    counts = scope.counts_at(CertificationRow, network.sites_of(db, member))
    keys = list(db.scalars(select(CertificationRow.id).where(counts).order_by(CertificationRow.id)))
    certify_facts = certify_rights.read_facts(db, actor, member, keys, now)
    levels = ((key, certify_rights.highest(certify_facts, key)) for key in keys)
    return [(key, level) for key, level in levels if level is not None]


def record_use(db: Session, member_ref: str, certification_ids: list[str], *, at: Utc) -> None:
    """Record the use of a machine that requires these certifications, which extends those that end
    by disuse."""
    statement = (
        select(HeldRow, CertificationRow, SiteRow.time_zone)
        .join(MemberRow, MemberRow.id == HeldRow.member_id)
        .join(CertificationRow, CertificationRow.id == HeldRow.certification_id)
        .join(SiteRow, SiteRow.id == MemberRow.site_id)
        .where(
            MemberRow.ref == member_ref,
            CertificationRow.id.in_(certification_ids),
            CertificationRow.validity_kind == "disuse",
            or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > at),
        )
    )
    for row, certification, zone in db.execute(statement):
        end = ends_at(certification, zone, at)
        if row.valid_until is None or (end is not None and end > row.valid_until):
            row.valid_until = end
    db.flush()


def _set_status(
    db: Session,
    member_id: str,
    certification_id: str,
    status: HeldStatus,
    reason: str,
    actor: Actor,
    now: Utc,
) -> Held:
    member = member_row(db, member_id, actor)
    row = _row(db, member_id, certification_id, actor)
    certify_rights.check_change(db, actor, member, certification_id, {row.level}, now)
    if row.status is status:
        raise Conflict(f"this certification is {status} already")
    row.status = status
    suspended = status is HeldStatus.SUSPENDED
    action = HeldAction.SUSPENDED if suspended else HeldAction.RESTORED
    _store_step(db, row, member, action, reason, actor, now)
    return _shape(db, row)


def _row(db: Session, member_id: str, certification_id: str, actor: Actor) -> HeldRow:
    row = db.get(HeldRow, (member_id, certification_id))
    if row is None:
        raise NotFound("held certification", certification_id)
    if actor.member_id != member_id:
        scope.get_visible(db, CertificationRow, certification_id, "held certification", actor)
    return row


def _store_step(
    db: Session,
    row: HeldRow,
    member: MemberRow,
    action: HeldAction,
    reason: str | None,
    actor: Actor,
    now: Utc,
    operation: str | None = None,
) -> None:
    db.add(
        HeldHistory(
            id=uuid7(),
            member_id=row.member_id,
            certification_id=row.certification_id,
            at=now,
            by=actor.ref,
            action=action,
            level=row.level,
            valid_until=row.valid_until,
            reason=reason and several_lines("reason", reason),
            operation=operation,
        )
    )
    db.flush()
    audit.record(
        db,
        actor,
        now,
        f"certification_{action}",
        f"member:{member.id}",
        member.site_id,
        certification=row.certification_id,
        level=row.level.value,
    )
    post_news(db, MemberNews(site=member.site_id, key=member.id))


def _shape(db: Session, row: HeldRow) -> Held:
    return _fill(row, names_of(db, [row.granted_by]))


def _fill(row: HeldRow, names: dict[str, str]) -> Held:
    return to_shape(row, Held, granted_by_name=names.get(row.granted_by))
