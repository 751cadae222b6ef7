"""Several places in one installation: where a member is known, and what counts at which site."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow, MemberSite
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow, CourseRow, Scope
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.rows import found, readable

Owned = type[CertificationRow] | type[CourseRow]


def counts_at(model: Owned, sites: Iterable[str] | None) -> ColumnElement[bool]:
    """The condition that a certification or course counts at one of the sites; None: anywhere."""
    if sites is None:
        return true()
    return (model.scope == Scope.NETWORK) | model.site_id.in_(list(sites))


def known_at(sites: Iterable[str] | None) -> ColumnElement[bool]:
    """The condition that a member is known at one of the sites; None: anywhere."""
    if sites is None:
        return true()
    wanted = list(sites)
    also = exists().where(MemberSite.member_id == MemberRow.id, MemberSite.site_id.in_(wanted))
    return MemberRow.site_id.in_(wanted) | also


def sites_of(db: Session, member: MemberRow) -> frozenset[str]:
    """Where the member is known: the home site, and those that were told of them."""
    also = select(MemberSite.site_id).where(MemberSite.member_id == member.id)
    return frozenset({member.site_id, *db.scalars(also)})


def may(db: Session, actor: Actor, permission: Permission, member: MemberRow) -> bool:
    """Whether it is allowed at one of the sites at which the member is known."""
    return any(actor.may(permission, site) for site in sites_of(db, member))


def sees(db: Session, actor: Actor, member: MemberRow | None) -> bool:
    """Whether the actor may know of this member: their own, or staff where the member is known."""
    if member is None:
        return False
    return actor.member_id == member.id or may(db, actor, Permission.MEMBERS_READ, member)


def owned(
    db: Session, model: Owned, key: str, kind: str, actor: Actor, permission: Permission
) -> Any:
    """The certification or course, if the actor may know of it and change it. Raises NotFound."""
    row = seen(db, model, key, kind, actor)
    if not actor.may(permission, row.site_id):
        raise Forbidden(f"this needs {permission} at {row.site_id}, whose {kind} it is")
    return row


def seen(db: Session, model: Owned, key: str, kind: str, actor: Actor) -> Any:
    """The certification or course, if the actor may know of it. Raises NotFound, Forbidden."""
    actor.require_anywhere(Permission.RULES_READ)
    row: Any = found(db, model, key, kind)
    if row.scope is not Scope.NETWORK:
        readable(actor, Permission.RULES_READ, row.site_id, kind, key)
    return row


def where_given(db: Session, member: MemberRow, certification: CertificationRow) -> frozenset[str]:
    """The sites at which this certification means something for this member. Raises NotFound."""
    sites = sites_of(db, member)
    if certification.scope is Scope.SITE:
        sites &= {certification.site_id}
    if not sites:
        raise NotFound("certification", certification.id)
    return sites


def member_for_plan(db: Session, member_id: str, plan_id: str, actor: Actor) -> MemberRow:
    """The member, to whom the actor may give this plan. Raises Invalid, Forbidden."""
    member = db.get(MemberRow, member_id)
    if member is None or not may(db, actor, Permission.MEMBERS_READ, member):
        raise Invalid.of("member_id", f"no member {member_id}")
    plan = db.get(PlanRow, plan_id)
    known = plan is not None and plan.site_id in sites_of(db, member)
    if plan is None or not known or not actor.may(Permission.MEMBERS_READ, plan.site_id):
        raise Invalid.of("plan_id", f"unknown at this site: {plan_id}")
    actor.require(Permission.MEMBERS_WRITE, plan.site_id)
    return member
