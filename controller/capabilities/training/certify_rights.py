"""Decide who may certify whom: a trainer of that certification or a manager, but never oneself."""

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.training.models import CertificationRow, HeldRow, Scope
from controller.domain.facts import CertificationKind, HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.paging import without_index


class Entitlement(StrEnum):
    """What entitles somebody to give a certification."""

    TRAINER = "trainer"
    """The actor holds that certification at the level of trainer, now.

    The role "trainer" is not enough.
    """
    MANAGER = "manager"
    ADMIN = "admin"


LEVELS_BY_ENTITLEMENT: Mapping[Entitlement, frozenset[Level]] = {
    Entitlement.TRAINER: frozenset({Level.ACCOMPANIED, Level.USER}),
    Entitlement.MANAGER: frozenset(Level),
    Entitlement.ADMIN: frozenset(Level),
}
"""The levels that each may give, suspend, restore or lower (decision 0102).

Only an admin may appoint the first trainer of a certification.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifyFacts:
    """What has to be known to decide whether an actor may certify a member, at one moment."""

    actor: Actor
    member: MemberRow
    sites: Mapping[str, str]
    """The site of each certification that is valid for the member.

    The managers of that site decide.
    """
    held: Mapping[str, Level]
    """The level at which the member holds each certification now."""
    taught: frozenset[str]
    """Certifications that have a trainer."""
    own: frozenset[str]
    """Certifications for which the actor is a trainer."""
    papers: frozenset[str]
    """Documents, which are handed in and not learnt, unless the member's is suspended."""


def read_facts(
    db: Session, actor: Actor, member: MemberRow, certifications: Collection[str], now: Utc
) -> CertifyFacts:
    """Read the facts about a member and some certifications.

    It takes the same number of queries for any number of certifications.
    """
    keys = list(certifications)
    sites = sites_of(db, member)
    rows = db.scalars(select(CertificationRow).where(CertificationRow.id.in_(keys))).all()
    suspended = select(HeldRow.certification_id).where(
        HeldRow.member_id == member.id,
        HeldRow.certification_id.in_(keys),
        HeldRow.status == HeldStatus.SUSPENDED,
    )
    documents = {row.id for row in rows if row.kind is CertificationKind.DOCUMENT}
    held = select(HeldRow).where(
        HeldRow.member_id == member.id,
        HeldRow.certification_id.in_(keys),
        HeldRow.status == HeldStatus.ACTIVE,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
    )
    return CertifyFacts(
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
        papers=frozenset(documents - set(db.scalars(suspended))) if documents else frozenset(),
    )


def check(
    db: Session, actor: Actor, member: MemberRow, certification_id: str, level: Level, now: Utc
) -> bool:
    """Raise Forbidden unless the actor may certify this member now.

    Whoever may change members may record a document that was handed in. Returns whether
    this appoints the certification's first trainer, which only an admin may do (even for
    themselves) and which requires a reason.
    """
    return _check(read_facts(db, actor, member, [certification_id], now), certification_id, level)


def check_change(
    db: Session,
    actor: Actor,
    member: MemberRow,
    certification_id: str,
    levels: Set[Level],
    now: Utc,
) -> None:
    """Raise Forbidden unless the actor may give and withdraw these levels.

    With no levels: renewing a certification at the level that the member holds.
    """
    known = read_facts(db, actor, member, [certification_id], now)
    _check_change(known, certification_id, levels)


def highest(known: CertifyFacts, certification_id: str) -> Level | None:
    """Return the highest level at which the actor may certify this member; None: at no level."""
    for level in reversed(Level):
        try:
            _check(known, certification_id, level)
        except Forbidden:
            continue
        return level
    return None


def _check(known: CertifyFacts, certification_id: str, level: Level) -> bool:
    if level is Level.TRAINER and certification_id not in known.taught:
        if not _may(known, Permission.ACCOUNTS_WRITE, certification_id):
            raise Forbidden("it has no trainer yet; an admin names the first")
        return True
    held = known.held.get(certification_id)
    if level is Level.USER and held in (None, level) and _may_hand_in(known, certification_id):
        return False
    changed = set() if held is level else {value for value in (held, level) if value is not None}
    _check_change(known, certification_id, changed)
    return False


def _may_hand_in(known: CertifyFacts, certification_id: str) -> bool:
    """Whether the actor may record that the member handed in a document: whoever may change
    members, but never for themselves."""
    is_own = known.member.id in known.actor.own_members
    is_paper = certification_id in known.papers and not is_own
    return is_paper and _may(known, Permission.MEMBERS_WRITE, certification_id)


def _check_change(known: CertifyFacts, certification_id: str, levels: Set[Level]) -> None:
    if known.actor.member_id == known.member.id:
        raise Forbidden("nobody certifies themselves")
    found = list(entitlements(known, certification_id))
    if not found:
        raise Forbidden("this needs a trainer of that certification, or a manager of the site")
    if not any(levels <= LEVELS_BY_ENTITLEMENT[giver] for giver in found):
        raise Forbidden("a trainer can't appoint or dismiss a trainer: this needs a site manager")


def entitlements(known: CertifyFacts, certification_id: str) -> Iterator[Entitlement]:
    """Yield what entitles the actor to give the certification to this member.

    Raises NotFound if the certification is not valid at any of the member's sites.
    """
    if _may(known, Permission.ACCOUNTS_WRITE, certification_id):
        yield Entitlement.ADMIN
    if _may(known, Permission.CERTIFY, certification_id):
        yield Entitlement.MANAGER
    if certification_id in known.own:
        yield Entitlement.TRAINER


def level_now(db: Session, member_id: str, certification_id: str, now: Utc) -> Level | None:
    """Return the level at which the member holds the certification now; None: not held."""
    row = db.get(HeldRow, (member_id, certification_id))
    if row is None or row.status is not HeldStatus.ACTIVE:
        return None
    is_over = row.valid_until is not None and row.valid_until <= now
    return None if is_over else row.level


def _may(known: CertifyFacts, permission: Permission, certification_id: str) -> bool:
    """Return whether the actor has the permission at the certification's own site (decision
    0262)."""
    site = known.sites.get(certification_id)
    if site is None:
        raise NotFound("certification", certification_id)
    return known.actor.may(permission, site)


def is_trainer(db: Session, actor: Actor, certification_id: str, now: Utc) -> bool:
    """Return whether the actor's own member is a trainer of the certification now.

    A token must have the scope to certify.
    """
    return certification_id in taught_by(db, actor, [certification_id], now)


def taught_by(
    db: Session, actor: Actor, certifications: Collection[str], now: Utc
) -> frozenset[str]:
    """Return those of the certifications of which the actor's own member is a trainer now.

    A token must have the scope to certify.
    """
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
