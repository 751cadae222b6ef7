"""At which sites a certification or course is valid: its own site, or all sites of the network."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.training.models import CertificationRow, CourseRow, Scope
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.rows import get_or_404, require_readable

ScopedModel = type[CertificationRow] | type[CourseRow]
"""The tables that have a `scope`."""


def counts_at(model: ScopedModel, sites: Iterable[str] | None) -> ColumnElement[bool]:
    """Return the condition that a certification or course is valid at one of the sites; None: all
    sites."""
    if sites is None:
        return true()
    return (model.scope == Scope.NETWORK) | model.site_id.in_(list(sites))


def get_editable(
    db: Session, model: ScopedModel, key: str, kind: str, actor: Actor, permission: Permission
) -> Any:
    """Return the certification or course if the actor may read and change it.

    Raises NotFound, Forbidden.
    """
    row = get_visible(db, model, key, kind, actor)
    if not actor.may(permission, row.site_id):
        raise Forbidden(
            f"this {kind} belongs to {row.site_id}: changing it needs {permission} there"
        )
    return row


def get_visible(db: Session, model: ScopedModel, key: str, kind: str, actor: Actor) -> Any:
    """Return the certification or course if the actor may read it. Raises NotFound, Forbidden."""
    actor.require_anywhere(Permission.RULES_READ)
    row: Any = get_or_404(db, model, key, kind)
    if row.scope is not Scope.NETWORK:
        require_readable(actor, Permission.RULES_READ, row.site_id, kind, key)
    return row


def valid_sites(db: Session, member: MemberRow, certification: CertificationRow) -> frozenset[str]:
    """Return the member's sites at which this certification is valid.

    Raises NotFound if there are none.
    """
    sites = sites_of(db, member)
    if certification.scope is Scope.SITE:
        sites &= {certification.site_id}
    if not sites:
        raise NotFound("certification", certification.id)
    return sites
