"""Projects on which members work for a time, for an organisation or for none."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.changes import PaidUseExtension, PayerChange
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.organisations.shapes import NewProject, Project, ProjectFields
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_existing,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

_READ, _WRITE = Permission.RULES_READ, Permission.MEMBERS_WRITE


def create(db: Session, new: NewProject, *, actor: Actor, now: Utc) -> Project:
    """Create a project; with a paying organisation, this needs `money:write`.

    Raises Invalid, Forbidden.
    """
    site_id = resolve_site(db, actor, _WRITE, new.site_id)
    if new.organisation_id is not None:
        actor.require(Permission.MONEY_WRITE, site_id)
    row = ProjectRow(id=uuid7(), site_id=site_id, created_at=now)
    _apply(db, row, new)
    db.add(row)
    return _record(db, row, "project_created", actor, now)


def get(db: Session, project_id: str, *, actor: Actor) -> Project:
    """Return one project. Raises NotFound."""
    return shape(_row(db, project_id, actor))


def page(
    db: Session, *, actor: Actor, organisation_id: str | None = None, cursor: Cursor = FIRST
) -> Page[Project]:
    """Return a page of the projects of the actor's sites, or of one organisation."""
    conditions = [at_sites(ProjectRow.site_id, actor.sites(_READ))]
    if organisation_id is not None:
        conditions.append(ProjectRow.organisation_id == organisation_id)
    statement = select(ProjectRow).where(*conditions)
    key = ProjectRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, project_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Project:
    """Apply a merge patch; another name or payer, or a longer duration, needs `money:write`, since
    statements are addressed to it.

    Raises Invalid, Stale, NotFound, Forbidden.
    """
    row = _row(db, project_id, actor)
    actor.require(_WRITE, row.site_id)
    require_version(row, version)
    old = shape(row)
    new = merge(old, patch, ProjectFields)
    if new.name != old.name:
        actor.require(Permission.MONEY_WRITE, row.site_id)
    if new.organisation_id != row.organisation_id or _is_longer(row, new):
        actor.require(Permission.MONEY_WRITE, row.site_id)
        react(db, PaidUseExtension(actor=actor, project_id=row.id))
    _apply(db, row, new)
    changed = _record(db, row, "project_changed", actor, now)
    if _terms(changed) != _terms(old):
        react(db, PayerChange(project_id=row.id, actor=actor, now=now))
    return changed


def _row(db: Session, key: str, actor: Actor) -> ProjectRow:
    return visible(db, ProjectRow, key, "project", actor, _READ)


def _is_longer(row: ProjectRow, new: ProjectFields) -> bool:
    is_earlier = (new.starts_at or row.created_at) < row.starts_at
    is_later = row.ends_at is not None and (new.ends_at is None or new.ends_at > row.ends_at)
    return is_earlier or is_later


def _terms(project: Project) -> tuple[str | None, Utc | None, Utc | None]:
    """Return what decides who pays for use on the project, and when."""
    return project.organisation_id, project.starts_at, project.ends_at


def _apply(db: Session, row: ProjectRow, new: ProjectFields) -> None:
    owner = [new.organisation_id] if new.organisation_id else []
    same_site = OrganisationRow.site_id == row.site_id
    require_existing(db, "organisation_id", OrganisationRow.id, owner, same_site)
    starts_at = new.starts_at or row.created_at
    if new.ends_at is not None and new.ends_at <= starts_at:
        raise Invalid.of("ends_at", "must be after its start")
    write(row, new, ProjectFields, starts_at=starts_at)


def _record(db: Session, row: ProjectRow, action: str, actor: Actor, now: Utc) -> Project:
    db.flush()
    payer = {} if row.organisation_id is None else {"organisation": row.organisation_id}
    audit.record(db, actor, now, action, f"project:{row.id}", row.site_id, **payer)
    return shape(row)


def shape(row: ProjectRow) -> Project:
    """Return the row for the API."""
    return to_shape(row, Project)
