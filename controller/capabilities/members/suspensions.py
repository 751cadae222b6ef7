"""Suspensions of members: by whom, since when and why. The desk may not read the reason."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.members import network
from controller.capabilities.members.models import MemberRow, MemberSuspension
from controller.capabilities.members.shapes import Suspension
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.models import AuditEntry
from controller.kernel.names import names_of
from controller.kernel.rows import get_or_404
from controller.kernel.validate import several_lines
from controller.wire.ids import uuid7

LEFT, BY_MANAGER = "member_left", "managers"
"""The audit action for a member who left, and the detail that marks it as recorded by a manager."""


def store_reason(
    db: Session, row: MemberRow, reason: str, actor: Actor, now: Utc, key: str | None = None
) -> None:
    """Store the reason of a suspension, before the status changes. Raises Invalid."""
    reason_text = several_lines("reason", reason)
    new = MemberSuspension(
        id=key or uuid7(), member_id=row.id, at=now, by=actor.ref, reason=reason_text, ended_at=None
    )
    db.add(new)
    db.flush()


def end(db: Session, row: MemberRow, actor: Actor, now: Utc) -> None:
    """End a member's suspensions. Raises Forbidden as `check_end` does."""
    check_end(db, row, actor)
    for open_one in db.scalars(_open(row.id)):
        open_one.ended_at = now
    db.flush()


def check_end(db: Session, row: MemberRow, actor: Actor) -> None:
    """Raise Forbidden unless the actor may read the reasons, or started all the suspensions.

    A suspension without a row was made by a manager's program or on the console.
    """
    authors = [open_one.by for open_one in db.scalars(_open(row.id))]
    has_no_author = row.status is MemberStatus.SUSPENDED and not authors
    if not _may_certify(row, actor) and (has_no_author or {*authors} - {actor.ref}):
        raise Forbidden("only a manager, or the one who suspended this person, can end that")


def check_return(db: Session, row: MemberRow, actor: Actor) -> None:
    """Raise Forbidden if somebody who may certify recorded that the member left, unless the actor
    may certify.

    If the desk recorded it, the desk can also undo it.
    """
    entries = select(AuditEntry.detail).where(
        AuditEntry.subject == f"member:{row.id}", AuditEntry.action == LEFT
    )
    detail = db.scalar(entries.order_by(AuditEntry.seq.desc()).limit(1)) or ""
    if f'"{BY_MANAGER}"' in detail and not _may_certify(row, actor):
        raise Forbidden("a manager recorded that this person left; only a manager can undo that")


def current(db: Session, member_id: str, *, actor: Actor) -> Suspension | None:
    """Return the current suspension or None; the reason is for managers and the member only.

    Raises NotFound.
    """
    row = get_or_404(db, MemberRow, member_id, "member")
    if not network.sees(db, actor, row):
        raise NotFound("member", member_id)
    suspension = db.scalars(_open(member_id).limit(1)).first()
    if suspension is None or row.status is not MemberStatus.SUSPENDED:
        return None
    shows_reason = actor.member_id == member_id or _may_certify(row, actor)
    return Suspension(
        at=suspension.at,
        by_name=names_of(db, [suspension.by]).get(suspension.by),
        reason=suspension.reason if shows_reason else None,
        may_end=(shows_reason and actor.member_id != member_id) or suspension.by == actor.ref,
    )


def open_reason(db: Session, member_id: str) -> str | None:
    """Return why the member is suspended, also after they left; for internal use."""
    suspension = db.scalars(_open(member_id).limit(1)).first()
    return suspension.reason if suspension else None


def _may_certify(row: MemberRow, actor: Actor) -> bool:
    """Return whether the actor may read reasons: a permission at the member's home site."""
    return actor.may(Permission.CERTIFY, row.site_id)


def _open(member_id: str) -> Select[MemberSuspension]:
    """Select the member's open suspensions, newest first."""
    statement = select(MemberSuspension).where(
        MemberSuspension.member_id == member_id, MemberSuspension.ended_at.is_(None)
    )
    return statement.order_by(MemberSuspension.at.desc(), MemberSuspension.id.desc())
