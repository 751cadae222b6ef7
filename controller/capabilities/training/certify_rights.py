"""Decides who may certify whom: a trainer of that certification or a manager, but never oneself."""

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
    """Why somebody may give a certification."""

    TRAINER = "trainer"
    """The actor holds that certification at the level of trainer; the role "trainer" is not
    enough."""
    MANAGER = "manager"
    ADMIN = "admin"


LEVELS_BY_ENTITLEMENT: Mapping[Entitlement, frozenset[Level]] = {
    Entitlement.TRAINER: frozenset({Level.ACCOMPANIED, Level.USER}),
    Entitlement.MANAGER: frozenset(Level),
    Entitlement.ADMIN: frozenset(Level),
}
"""The levels that each may give, suspend, restore or lower (decision 0102). Only an admin may
appoint the first trainer of a certification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifyFacts:
    """The facts that decide whether an actor may certify a member, at one moment."""

    actor: Actor
    member: MemberRow
    sites: Mapping[str, str]
    """The site of each certification that is valid for the member, whose managers decide."""
    held: Mapping[str, Level]
    """The member's current level of each certification."""
    with_trainer: frozenset[str]
    """Certifications that have a trainer."""
    taught_by_actor: frozenset[str]
    papers: frozenset[str]
    """Documents, which are handed in and not learnt, except suspended ones."""


def read_facts(
    db: Session, actor: Actor, member: MemberRow, certifications: Collection[str], now: Utc
) -> CertifyFacts:
    """Read the facts about a member and some certifications, with a fixed number of queries."""
    keys = list(certifications)
    sites = sites_of(db, member)
    rows = db.scalars(select(CertificationRow).where(CertificationRow.id.in_(keys))).all()
    suspended = select(HeldRow.certification_id).where(
        HeldRow.member_id == member.id,
        HeldRow.certification_id.in_(keys),
        HeldRow.status == HeldStatus.SUSPENDED,
    )
    documents = {row.id for row in rows if row.kind is CertificationKind.DOCUMENT}
    held_rows = select(HeldRow).where(
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
        held={row.certification_id: row.level for row in db.scalars(held_rows)},
        with_trainer=_taught(db, keys, now),
        taught_by_actor=taught_by(db, actor, keys, now),
        papers=frozenset(documents - set(db.scalars(suspended))) if documents else frozenset(),
    )


def check(
    db: Session, actor: Actor, member: MemberRow, certification_id: str, level: Level, now: Utc
) -> bool:
    """Raise Forbidden unless the actor may certify this member now.

    Actors who may change members may record a document that was handed in. Returns whether this
    appoints the certification's first trainer, which requires a reason and an admin (who may
    appoint themselves).
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

    Without levels: renewing a certification at the member's level.
    """
    certify_facts = read_facts(db, actor, member, [certification_id], now)
    _check_change(certify_facts, certification_id, levels)


def highest(certify_facts: CertifyFacts, certification_id: str) -> Level | None:
    """Return the highest level at which the actor may certify this member; None: at no level."""
    for level in reversed(Level):
        try:
            _check(certify_facts, certification_id, level)
        except Forbidden:
            continue
        return level
    return None


def _check(certify_facts: CertifyFacts, certification_id: str, level: Level) -> bool:
    if level is Level.TRAINER and certification_id not in certify_facts.with_trainer:
        if not _is_permitted(certify_facts, Permission.ACCOUNTS_WRITE, certification_id):
            raise Forbidden("it has no trainer yet; an admin has to appoint the first one")
        return True
    held_level = certify_facts.held.get(certification_id)
    if (
        level is Level.USER
        and held_level in (None, level)
        and _may_hand_in(certify_facts, certification_id)
    ):
        return False
    changed = (
        set()
        if held_level is level
        else {value for value in (held_level, level) if value is not None}
    )
    _check_change(certify_facts, certification_id, changed)
    return False


def _may_hand_in(certify_facts: CertifyFacts, certification_id: str) -> bool:
    """Return whether the actor may record a document of the member: if they may change members, but
    not for themselves, as far as it is known who they are (decision 0333)."""
    is_own = certify_facts.member.id in certify_facts.actor.own_members
    is_paper = certification_id in certify_facts.papers and not is_own
    return is_paper and _is_permitted(certify_facts, Permission.MEMBERS_WRITE, certification_id)


def _check_change(certify_facts: CertifyFacts, certification_id: str, levels: Set[Level]) -> None:
    if certify_facts.actor.member_id == certify_facts.member.id:
        raise Forbidden("nobody can certify themselves")
    actors_entitlements = list(entitlements(certify_facts, certification_id))
    if not actors_entitlements:
        raise Forbidden("this needs a trainer of that certification, or a manager of the site")
    if not any(levels <= LEVELS_BY_ENTITLEMENT[reason] for reason in actors_entitlements):
        raise Forbidden("a trainer can't appoint or dismiss a trainer: this needs a site manager")


def entitlements(certify_facts: CertifyFacts, certification_id: str) -> Iterator[Entitlement]:
    """Yield the actor's entitlements to give the certification to this member.

    Raises NotFound if the certification is not valid at any of the member's sites.
    """
    if _is_permitted(certify_facts, Permission.ACCOUNTS_WRITE, certification_id):
        yield Entitlement.ADMIN
    if _is_permitted(certify_facts, Permission.CERTIFY, certification_id):
        yield Entitlement.MANAGER
    if certification_id in certify_facts.taught_by_actor:
        yield Entitlement.TRAINER


def level_now(db: Session, member_id: str, certification_id: str, now: Utc) -> Level | None:
    """Return the level at which the member currently holds the certification; None if not held."""
    row = db.get(HeldRow, (member_id, certification_id))
    if row is None or row.status is not HeldStatus.ACTIVE:
        return None
    is_over = row.valid_until is not None and row.valid_until <= now
    return None if is_over else row.level


def _is_permitted(
    certify_facts: CertifyFacts, permission: Permission, certification_id: str
) -> bool:
    """Return whether the actor has the permission at the certification's own site (decision
    0262)."""
    site = certify_facts.sites.get(certification_id)
    if site is None:
        raise NotFound("certification", certification_id)
    return certify_facts.actor.may(permission, site)


def is_trainer(db: Session, actor: Actor, certification_id: str, now: Utc) -> bool:
    """Return whether the actor's own member is a trainer of the certification.

    A token must have the scope to certify.
    """
    return certification_id in taught_by(db, actor, [certification_id], now)


def taught_by(
    db: Session, actor: Actor, certifications: Collection[str], now: Utc
) -> frozenset[str]:
    """Return the certifications of which the actor's own member is a trainer.

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
    """Return the certifications that have a trainer or, with `member_id`, have that member as a
    trainer."""
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
