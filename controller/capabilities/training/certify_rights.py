"""Who may certify: a trainer of that very certification or a manager, and nobody themselves."""

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.training.models import CertificationRow, HeldRow, Scope
from controller.domain.facts import HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.paging import without_index


class Giver(StrEnum):
    """Why somebody may give a certification."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a member, of some certifications, and of who would give them, now."""

    actor: Actor
    member: MemberRow
    sites: Mapping[str, str]
    """The site of each that counts for the member, whose managers decide about it."""
    held: Mapping[str, Level]
    """At what level the member holds each, in force now."""
    taught: frozenset[str]
    """Those that have a trainer."""
    own: frozenset[str]
    """Certifications for which the actor is a trainer."""


def facts(
    db: Session, actor: Actor, member: MemberRow, certifications: Collection[str], now: Utc
) -> Facts:
    """Read them, in as many statements for many certifications as for one."""
    keys = list(certifications)
    sites = sites_of(db, member)
    rows = db.scalars(select(CertificationRow).where(CertificationRow.id.in_(keys)))
    held = select(HeldRow).where(
        HeldRow.member_id == member.id,
        HeldRow.certification_id.in_(keys),
        HeldRow.status == HeldStatus.ACTIVE,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
    )
    return Facts(
        actor=actor,
        member=member,
        sites={
            row.id: row.site_id
            for row in rows
            if row.scope is Scope.NETWORK or row.site_id in sites
        },
        held={row.certification_id: row.level for row in db.scalars(held)},
        taught=_taught(db, keys, now),
        own=taught_by(db, actor, keys, now),
    )


def check(
    db: Session, actor: Actor, member: MemberRow, certification_id: str, level: Level, now: Utc
) -> bool:
    """Raise Forbidden unless the actor may certify this member now.

    Returns whether this names the certification's first trainer, which only an admin may do (also
    for themselves) and which requires a reason.
    """
    return _check(facts(db, actor, member, [certification_id], now), certification_id, level)


def check_change(
    db: Session,
    actor: Actor,
    member: MemberRow,
    certification_id: str,
    levels: Set[Level],
    now: Utc,
) -> None:
    """Raise Forbidden unless the actor may give and take these levels; none: the same again."""
    known = facts(db, actor, member, [certification_id], now)
    _check_change(known, certification_id, levels)


def highest(known: Facts, certification_id: str) -> Level | None:
    """The highest level at which the actor may certify this member; None: at none."""
    for level in reversed(Level):
        try:
            _check(known, certification_id, level)
        except Forbidden:
            continue
        return level
    return None


def _check(known: Facts, certification_id: str, level: Level) -> bool:
    if level is Level.TRAINER and certification_id not in known.taught:
        if not _may(known, Permission.ACCOUNTS_WRITE, certification_id):
            raise Forbidden("it has no trainer yet; an admin names the first")
        return True
    held = known.held.get(certification_id)
    changed = set() if held is level else {value for value in (held, level) if value is not None}
    _check_change(known, certification_id, changed)
    return False


def _check_change(known: Facts, certification_id: str, levels: Set[Level]) -> None:
    if known.actor.member_id == known.member.id:
        raise Forbidden("nobody certifies themselves")
    found = list(givers(known, certification_id))
    if not found:
        raise Forbidden("this needs a trainer of that certification, or a manager of the site")
    if not any(levels <= GIVES[giver] for giver in found):
        raise Forbidden("a trainer makes and unmakes no trainer: this needs a manager of the site")


def givers(known: Facts, certification_id: str) -> Iterator[Giver]:
    """What lets the actor give it to this member. Raises NotFound if it counts nowhere for them."""
    if _may(known, Permission.ACCOUNTS_WRITE, certification_id):
        yield Giver.ADMIN
    if _may(known, Permission.CERTIFY, certification_id):
        yield Giver.MANAGER
    if certification_id in known.own:
        yield Giver.TRAINER


def level_now(db: Session, member_id: str, certification_id: str, now: Utc) -> Level | None:
    """At what level the member holds it, in force now; None: not at all."""
    row = db.get(HeldRow, (member_id, certification_id))
    if row is None or row.status is not HeldStatus.ACTIVE:
        return None
    is_over = row.valid_until is not None and row.valid_until <= now
    return None if is_over else row.level


def _may(known: Facts, permission: Permission, certification_id: str) -> bool:
    """Whether the actor may do so at the certification's own site (decision 0262)."""
    site = known.sites.get(certification_id)
    if site is None:
        raise NotFound("certification", certification_id)
    return known.actor.may(permission, site)


def is_trainer(db: Session, actor: Actor, certification_id: str, now: Utc) -> bool:
    """Whether the actor's own member is a trainer of it now, within the token's scopes."""
    return certification_id in taught_by(db, actor, [certification_id], now)


def taught_by(
    db: Session, actor: Actor, certifications: Collection[str], now: Utc
) -> frozenset[str]:
    """Of which of these the actor's own member is a trainer now, within the token's scopes."""
    if actor.member_id is None:
        return frozenset()
    if actor.scopes is not None and Permission.CERTIFY not in actor.scopes:
        return frozenset()
    return _taught(db, certifications, now, actor.member_id)


def _taught(
    db: Session, certifications: Collection[str], now: Utc, member_id: str | None = None
) -> frozenset[str]:
    """Certifications that have a trainer now; with `member_id`, those of which the member is
    one."""
    statement = (
        select(HeldRow.certification_id)
        .join(MemberRow, MemberRow.id == HeldRow.member_id)
        .where(
            HeldRow.certification_id.in_(certifications),
            HeldRow.level == Level.TRAINER,
            HeldRow.status == HeldStatus.ACTIVE,
            HeldRow.valid_from <= now,
            or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
            without_index(MemberRow.status)
            == MemberStatus.ACTIVE,  # trainers are few, members many
        )
    )
    if member_id is not None:
        statement = statement.where(HeldRow.member_id == member_id)
    return frozenset(db.scalars(statement.distinct()))
