"""Who may certify: a trainer of that very certification or a manager, and nobody themselves."""

from collections.abc import Iterator, Mapping, Set
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import scope
from controller.capabilities.training.models import CertificationRow, HeldRow
from controller.domain.facts import HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden


class Giver(StrEnum):
    """What lets somebody give a certification."""

    TRAINER = "trainer"
    """A trainer of that very certification, now; the role of that name gives nothing."""
    MANAGER = "manager"
    ADMIN = "admin"


GIVES: Mapping[Giver, frozenset[Level]] = {
    Giver.TRAINER: frozenset({Level.ACCOMPANIED, Level.USER}),
    Giver.MANAGER: frozenset(Level),
    Giver.ADMIN: frozenset(Level),
}
"""Who may give which level, and suspend, restore or lower it (decision 0102).

A certification that has no trainer gets its first from an admin alone.
"""


def check(
    db: Session, actor: Actor, member: MemberRow, certification_id: str, level: Level, now: Utc
) -> bool:
    """Raise Forbidden unless the actor may certify this member now.

    Returns whether this names the certification's first trainer, which only an admin may do, also
    herself, and which asks for a reason.
    """
    if level is Level.TRAINER and not _has_trainer(db, certification_id, now):
        if not _may(db, actor, Permission.ACCOUNTS_WRITE, member, certification_id):
            raise Forbidden("it has no trainer yet; an admin names the first")
        return True
    held = level_now(db, member.id, certification_id, now)
    changed = set() if held is level else {each for each in (held, level) if each is not None}
    check_change(db, actor, member, certification_id, changed, now)
    return False


def check_change(
    db: Session,
    actor: Actor,
    member: MemberRow,
    certification_id: str,
    levels: Set[Level],
    now: Utc,
) -> None:
    """Raise Forbidden unless the actor may give and take these levels; none: the same again."""
    if actor.member_id == member.id:
        raise Forbidden("nobody certifies themselves")
    givers = list(_givers(db, actor, member, certification_id, now))
    if not givers:
        raise Forbidden("this needs a trainer of that certification, or a manager of the site")
    if not any(levels <= GIVES[giver] for giver in givers):
        raise Forbidden("a trainer makes and unmakes no trainer: this needs a manager of the site")


def _givers(
    db: Session, actor: Actor, member: MemberRow, certification_id: str, now: Utc
) -> Iterator[Giver]:
    if _may(db, actor, Permission.ACCOUNTS_WRITE, member, certification_id):
        yield Giver.ADMIN
    if _may(db, actor, Permission.CERTIFY, member, certification_id):
        yield Giver.MANAGER
    if is_trainer(db, actor, certification_id, now):
        yield Giver.TRAINER


def level_now(db: Session, member_id: str, certification_id: str, now: Utc) -> Level | None:
    """At what level the member holds it, in force now; None: not at all."""
    row = db.get(HeldRow, (member_id, certification_id))
    if row is None or row.status is not HeldStatus.ACTIVE:
        return None
    is_over = row.valid_until is not None and row.valid_until <= now
    return None if is_over else row.level


def _may(
    db: Session, actor: Actor, permission: Permission, member: MemberRow, certification_id: str
) -> bool:
    """Whether the actor may do so at a site where the certification counts for the member."""
    certification = db.get_one(CertificationRow, certification_id)
    where = scope.where_given(db, member, certification)
    return any(actor.may(permission, site) for site in where)


def allowed(
    db: Session, actor: Actor, member: MemberRow, certification_id: str, level: Level, now: Utc
) -> bool:
    """Whether `check` passes."""
    try:
        check(db, actor, member, certification_id, level, now)
    except Forbidden:
        return False
    return True


def is_trainer(db: Session, actor: Actor, certification_id: str, now: Utc) -> bool:
    """Whether the actor's own member is a trainer of it now, within the token's scopes."""
    if actor.member_id is None:
        return False
    if actor.scopes is not None and Permission.CERTIFY not in actor.scopes:
        return False
    return _has_trainer(db, certification_id, now, actor.member_id)


def _has_trainer(
    db: Session, certification_id: str, now: Utc, member_id: str | None = None
) -> bool:
    statement = (
        select(HeldRow.member_id)
        .join(MemberRow, MemberRow.id == HeldRow.member_id)
        .where(
            HeldRow.certification_id == certification_id,
            HeldRow.level == Level.TRAINER,
            HeldRow.status == HeldStatus.ACTIVE,
            HeldRow.valid_from <= now,
            or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
            MemberRow.status == MemberStatus.ACTIVE,
        )
    )
    if member_id is not None:
        statement = statement.where(HeldRow.member_id == member_id)
    return db.scalars(statement.limit(1)).first() is not None
