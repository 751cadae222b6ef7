"""At which of several sites a member is known."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow, MemberSite
from controller.kernel.actor import Actor, Permission
from controller.kernel.read_memo import memoise


def known_at(sites: Iterable[str] | None) -> ColumnElement[bool]:
    """Return the condition that a member is known at one of the sites; None: at any."""
    if sites is None:
        return true()
    site_ids = list(sites)
    also = exists().where(MemberSite.member_id == MemberRow.id, MemberSite.site_id.in_(site_ids))
    return MemberRow.site_id.in_(site_ids) | also


def sites_of(db: Session, member: MemberRow) -> frozenset[str]:
    """Return the sites at which a member is known, including the home site."""
    also = select(MemberSite.site_id).where(MemberSite.member_id == member.id)
    other_sites = memoise(db, ("sites_of", member.id), lambda: db.scalars(also).all())
    return frozenset({member.site_id, *other_sites})


def may_for_member(db: Session, actor: Actor, permission: Permission, member: MemberRow) -> bool:
    """Return whether the actor has the permission at a site at which the member is known."""
    return any(actor.may(permission, site) for site in sites_of(db, member))


def sees(db: Session, actor: Actor, member: MemberRow | None) -> bool:
    """Return whether the actor is this member, or staff at a site where the member is known."""
    if member is None:
        return False
    return actor.member_id == member.id or may_for_member(
        db, actor, Permission.MEMBERS_READ, member
    )
