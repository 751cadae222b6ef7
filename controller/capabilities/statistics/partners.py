"""Partners, who fund the projects of a place."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.models import ProjectRow
from controller.capabilities.statistics.models import Funding, PartnerRow
from controller.capabilities.statistics.shapes import NewPartner, Partner
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.jsontypes import to_json
from controller.kernel.rows import require_existing, resolve_site, visible
from controller.kernel.shapes import Label
from controller.policy.reading import from_json
from controller.wire.ids import uuid7

_READ, _WRITE = Permission.REPORTS_READ, Permission.RULES_WRITE


def list_partners(db: Session, site_id: str, *, actor: Actor) -> list[Partner]:
    """Return the partners of a site, in the order of creation. Raises Forbidden."""
    actor.require(_READ, site_id)
    rows = db.scalars(select(PartnerRow).where(PartnerRow.site_id == site_id)).all()
    projects: dict[str, list[str]] = defaultdict(list)
    pairs = select(Funding.partner_id, Funding.project_id)
    for partner, project in db.execute(pairs.where(Funding.partner_id.in_([r.id for r in rows]))):
        projects[partner].append(project)
    return [_shape(row, projects[row.id]) for row in sorted(rows, key=lambda row: row.id)]


def create(db: Session, new: NewPartner, *, actor: Actor, now: Utc) -> Partner:
    """Add a partner. Raises Forbidden, Invalid."""
    site_id = resolve_site(db, actor, _WRITE, new.site_id)
    row = PartnerRow(id=uuid7(), site_id=site_id, name=to_json(new.name), created_at=now)
    db.add(row)
    db.flush()
    _fund(db, row, new.project_ids)
    audit.record(db, actor, now, "partner_added", f"partner:{row.id}", site_id)
    return _shape(row, new.project_ids)


def set_projects(
    db: Session, partner_id: str, project_ids: Iterable[str], *, actor: Actor, now: Utc
) -> Partner:
    """Set all projects that a partner funds. Raises NotFound, Forbidden, Invalid."""
    row = visible(db, PartnerRow, partner_id, "partner", actor, _READ)
    actor.require(_WRITE, row.site_id)
    projects = tuple(project_ids)
    _fund(db, row, projects)
    audit.record(db, actor, now, "partner_funds", f"partner:{row.id}", row.site_id)
    return _shape(row, projects)


def remove(db: Session, partner_id: str, *, actor: Actor, now: Utc) -> None:
    """Delete a partner. Raises NotFound, Forbidden."""
    row = visible(db, PartnerRow, partner_id, "partner", actor, _READ)
    actor.require(_WRITE, row.site_id)
    db.execute(delete(Funding).where(Funding.partner_id == row.id))
    db.delete(row)
    db.flush()
    audit.record(db, actor, now, "partner_removed", f"partner:{partner_id}", row.site_id)


def _fund(db: Session, row: PartnerRow, projects: tuple[str, ...]) -> None:
    projects_of_site = ProjectRow.site_id == row.site_id
    require_existing(db, "project_ids", ProjectRow.id, projects, projects_of_site)
    db.execute(delete(Funding).where(Funding.partner_id == row.id))
    db.add_all(Funding(partner_id=row.id, project_id=project) for project in sorted({*projects}))
    db.flush()


def _shape(row: PartnerRow, projects: Iterable[str]) -> Partner:
    return Partner(
        id=row.id,
        site_id=row.site_id,
        name=from_json(row.name, Label),
        project_ids=tuple(sorted(projects)),
    )
