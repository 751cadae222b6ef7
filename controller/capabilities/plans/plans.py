"""Plans: what a member may use, and when."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import may_for_member, sites_of
from controller.capabilities.places.changes import ZoneUses
from controller.capabilities.places.models import ScheduleRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.plans.shapes import NewPlan, Plan, PlanFields
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_existing,
    require_unused_id,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.validate import merge


def create(db: Session, new: NewPlan, *, actor: Actor, now: Utc) -> Plan:
    """Create a plan. Raises Conflict if the id is taken, Invalid for unknown references."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, PlanRow, new.id, "plan")
    row = PlanRow(id=new.id, site_id=site_id)
    _apply(db, row, new)
    db.add(row)
    audit.record(db, actor, now, "plan_created", f"plan:{row.id}", site_id)
    db.flush()
    return shape(row)


def get(db: Session, plan_id: str, *, actor: Actor) -> Plan:
    """Return one plan. Raises NotFound."""
    return shape(visible(db, PlanRow, plan_id, "plan", actor, Permission.RULES_READ))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Plan]:
    """Return a page of the plans of the actor's sites."""
    statement = select(PlanRow).where(at_sites(PlanRow.site_id, actor.sites(Permission.RULES_READ)))
    return paged(db, statement, PlanRow.id, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, plan_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Plan:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row = visible(db, PlanRow, plan_id, "plan", actor, Permission.RULES_READ)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    _apply(db, row, merge(shape(row), patch, PlanFields))
    audit.record(db, actor, now, "plan_changed", f"plan:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def _apply(db: Session, row: PlanRow, new: PlanFields) -> None:
    if new.schedule_id is not None:
        same_site = ScheduleRow.site_id == row.site_id
        require_existing(db, "schedule_id", ScheduleRow.id, [new.schedule_id], same_site)
    require_existing(db, "zones", ZoneRow.id, new.zones, ZoneRow.site_id == row.site_id)
    write(row, new, PlanFields)


def shape(row: PlanRow) -> Plan:
    """Return the row for the API."""
    return to_shape(row, Plan)


def member_for_plan(db: Session, member_id: str, plan_id: str, actor: Actor) -> MemberRow:
    """Return the member if the actor may give them this plan. Raises Invalid, Forbidden."""
    member = db.get(MemberRow, member_id)
    if member is None or not may_for_member(db, actor, Permission.MEMBERS_READ, member):
        raise Invalid.of("member_id", f"no member {member_id}")
    plan = db.get(PlanRow, plan_id)
    is_known = plan is not None and plan.site_id in sites_of(db, member)
    if plan is None or not is_known or not actor.may(Permission.MEMBERS_READ, plan.site_id):
        raise Invalid.of("plan_id", f"unknown at this site: {plan_id}")
    actor.require(Permission.MEMBERS_WRITE, plan.site_id)
    return member


def add_use_of_zone(db: Session, asked: ZoneUses) -> None:
    """Add that a plan names the zone."""
    if any(asked.zone_id in zones for zones in db.scalars(select(PlanRow.zones))):
        asked.uses.append(PlanRow.__tablename__)
