"""Why a member's access is suspended: by whom, since when, until when; the desk is not told why."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import network
from controller.capabilities.members.models import MemberRow, MemberSuspension
from controller.capabilities.members.shapes import Suspension
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.names import names_of
from controller.kernel.rows import get_or_404
from controller.kernel.validate import several_lines
from controller.wire.ids import uuid7


def note(
    db: Session, row: MemberRow, reason: str, actor: Actor, now: Utc, key: str | None = None
) -> None:
    """Remember why, before the status changes. Raises Invalid."""
    why = several_lines("reason", reason)
    new = MemberSuspension(
        id=key or uuid7(), member_id=row.id, at=now, by=actor.ref, reason=why, ended_at=None
    )
    db.add(new)
    db.flush()


def end(db: Session, row: MemberRow, actor: Actor, now: Utc) -> None:
    """End a suspension. Raises Forbidden for an actor who may not read its reason."""
    open_one = _open(db, row.id)
    if open_one is None:
        return
    if not (_is_told(row, actor) or actor.ref == open_one.by):
        raise Forbidden("who suspended this person, or a manager, ends that")
    open_one.ended_at = now
    db.flush()


def current(db: Session, member_id: str, *, actor: Actor) -> Suspension | None:
    """Since when and by whom; why, for managers and for that person. Raises NotFound."""
    row = get_or_404(db, MemberRow, member_id, "member")
    if not network.sees(db, actor, row):
        raise NotFound("member", member_id)
    found = _open(db, member_id)
    if found is None:
        return None
    told = actor.member_id == member_id or _is_told(row, actor)
    return Suspension(
        at=found.at,
        by_name=names_of(db, [found.by]).get(found.by),
        reason=found.reason if told else None,
        may_end=(told and actor.member_id != member_id) or found.by == actor.ref,
    )


def _is_told(row: MemberRow, actor: Actor) -> bool:
    """At home, where it is noted; not wherever the desk there says that the member is known."""
    return actor.may(Permission.CERTIFY, row.site_id)


def _open(db: Session, member_id: str) -> MemberSuspension | None:
    statement = select(MemberSuspension).where(
        MemberSuspension.member_id == member_id, MemberSuspension.ended_at.is_(None)
    )
    return db.scalars(statement.order_by(MemberSuspension.id.desc()).limit(1)).first()
