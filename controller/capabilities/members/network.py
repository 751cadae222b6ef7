"""At which of several sites a member is known."""

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session

from controller.capabilities.members import merged_records
from controller.capabilities.members.models import MemberRow, MemberSite
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.models import AuditEntry
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


SITES_GONE = "sites_gone"
"""Key of audit details: the sites from which a change has removed the record."""


def sites_since(db: Session, member: MemberRow, since: Utc) -> frozenset[str]:
    """Return the sites at which a member is known, or was at any time since then."""
    subjects = [f"member:{record}" for record in merged_records.ids_of(db, member.id)]
    changes = select(AuditEntry.detail).where(
        AuditEntry.subject.in_(subjects),
        AuditEntry.action == "member_changed",
        AuditEntry.at >= since,
        AuditEntry.detail.contains(f'"{SITES_GONE}"', autoescape=True),
    )
    gone = {site for detail in db.scalars(changes) for site in json.loads(detail)[SITES_GONE]}
    return sites_of(db, member) | gone


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
