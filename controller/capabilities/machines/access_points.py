"""Access points: creates, reads and changes machines and doors, and takes them out of service."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.changes import AgentMoves
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import commissioning_lapse
from controller.capabilities.machines.changes import PointNews, ServiceChanged
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import (
    AccessPoint,
    AccessPointFields,
    NewAccessPoint,
    RequirementShape,
)
from controller.capabilities.members.changes import MaintainedPointsChanged
from controller.capabilities.places.models import ScheduleRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.changes import ScopeNarrowed
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import PointKind, Requirement
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.jsontypes import to_json
from controller.kernel.mapping import to_shape, write
from controller.kernel.outbox import post_news
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
from controller.kernel.validate import merge, several_lines
from controller.policy.reading import from_json


def create(db: Session, new: NewAccessPoint, *, actor: Actor, now: Utc) -> AccessPoint:
    """Create an access point; it opens nothing until it is commissioned."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, AccessPointRow, new.id, "access point")
    row = AccessPointRow(id=new.id, site_id=site_id, kind=new.kind, needs=[])
    _apply(db, row, new)
    db.add(row)
    record_change(db, row, "access_point_created", actor, now, **_manual_commissioning(row, False))
    return shape(row)


def door_ids(db: Session, site_id: str) -> Sequence[str]:
    """Return the ids of the site's doors."""
    doors = (AccessPointRow.site_id == site_id) & (AccessPointRow.kind == PointKind.DOOR)
    return db.scalars(select(AccessPointRow.id).where(doors)).all()


def get(db: Session, access_point_id: str, *, actor: Actor) -> AccessPoint:
    """Return one access point. Raises NotFound."""
    return shape(access_point_row(db, access_point_id, actor))


def access_point_row(db: Session, access_point_id: str, actor: Actor) -> AccessPointRow:
    """Return the access point's row if the actor may see it. Raises NotFound."""
    return visible(
        db, AccessPointRow, access_point_id, "access point", actor, Permission.RULES_READ
    )


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[AccessPoint]:
    """Return a page of the access points of the actor's sites."""
    statement = select(AccessPointRow).where(
        at_sites(AccessPointRow.site_id, actor.sites(Permission.RULES_READ))
    )
    key = AccessPointRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def list_for_agents(db: Session, agents: Collection[str], *, actor: Actor) -> list[AccessPoint]:
    """Return the access points of these agents at the actor's sites, sorted by id."""
    at_actors_sites = at_sites(AccessPointRow.site_id, actor.sites(Permission.RULES_READ))
    statement = select(AccessPointRow).where(at_actors_sites, AccessPointRow.agent_id.in_(agents))
    return [shape(row) for row in db.scalars(statement.order_by(AccessPointRow.id))]


def check_agent_has_no_points(db: Session, moves: AgentMoves) -> None:
    """Raise Conflict if an agent that is being moved still has access points."""
    points = select(AccessPointRow.id).where(AccessPointRow.agent_id == moves.agent_id)
    if names := list(db.scalars(points.order_by(AccessPointRow.id))):
        raise Conflict(f"the agent has {', '.join(names)}; assign these to another agent first")


def change(
    db: Session,
    access_point_id: str,
    patch: object,
    *,
    version: int | None,
    actor: Actor,
    now: Utc,
    reason: str | None = None,
) -> AccessPoint:
    """Apply a merge patch; `reason` is written to the audit.

    Raises Invalid, Stale, NotFound, Forbidden.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    was_commissioned, agent, was_in_service = row.commissioned, row.agent_id, row.in_service
    _apply(db, row, merge(shape(row), patch, AccessPointFields))
    record_change(
        db,
        row,
        "access_point_changed",
        actor,
        now,
        reason=reason,
        **_manual_commissioning(row, was_commissioned),
    )
    commissioning_lapse.handle_agent_change(db, row, agent, now)
    service_changed(db, row, was_in_service, now)
    return shape(row)


def set_service(
    db: Session,
    access_point_id: str,
    *,
    in_service: bool,
    reason: str | None,
    actor: Actor,
    now: Utc,
) -> AccessPoint:
    """Take an access point out of service, with a reason for display, or put it back.

    A running job may finish. Raises NotFound, Forbidden, StillDangerous, and Invalid without a
    reason.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.COMMAND, row.site_id)
    if not in_service and not reason:
        raise Invalid.of("reason", "required: it is shown at the machine")
    was_in_service = row.in_service
    row.in_service = in_service
    row.service_reason = None if in_service else several_lines("reason", reason or "")
    record_change(
        db, row, "in_service" if in_service else "out_of_service", actor, now, reason=reason
    )
    service_changed(db, row, was_in_service, now)
    return shape(row)


def service_changed(db: Session, row: AccessPointRow, was_in_service: bool, now: Utc) -> None:
    """Let other features react if the access point went out of service or came back."""
    if row.in_service is not was_in_service:
        row.out_of_service_at = None if row.in_service else now
        react(db, ServiceChanged(row, now))


def _apply(db: Session, row: AccessPointRow, new: AccessPointFields) -> None:
    _check(db, row.site_id, new)
    requirement = to_json(to_requirement(new.requirement))
    write(row, new, AccessPointFields, requirement=requirement)


def _manual_commissioning(row: AccessPointRow, was_commissioned: bool) -> dict[str, str]:
    """Return audit details if `commissioned` was changed directly, without the steps."""
    if row.commissioned is was_commissioned:
        return {}
    return {"by_hand": "commissioned" if row.commissioned else "not_commissioned"}


def _check(db: Session, site: str, new: AccessPointFields | NewAccessPoint) -> None:
    zones = [zone for zone in (new.zone_id, new.from_zone_id) if zone]
    agents = [new.agent_id] if new.agent_id else []
    public = [new.door.public_schedule] if new.door.public_schedule else []
    certification_ids = [key for group in _groups(new.requirement) for key in group]
    require_existing(db, "agent_id", AgentRow.id, agents, AgentRow.site_id == site)
    require_existing(db, "zone_id", ZoneRow.id, zones, ZoneRow.site_id == site)
    require_existing(
        db, "door.public_schedule", ScheduleRow.id, public, ScheduleRow.site_id == site
    )
    require_existing(
        db, "requirement.plans", PlanRow.id, new.requirement.plans, PlanRow.site_id == site
    )
    counts = counts_at(CertificationRow, [site])
    require_existing(
        db, "requirement.certifications", CertificationRow.id, certification_ids, counts
    )


def _groups(requirement: RequirementShape) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (certification,) if isinstance(certification, str) else certification
        for certification in requirement.certifications
    )


def to_requirement(requirement: RequirementShape) -> Requirement:
    """Convert the API's requirement to that of `decide()`."""
    return Requirement(
        certifications=_groups(requirement),
        plans=requirement.plans,
        subscription=requirement.subscription,
        assurance=requirement.assurance,
        supervisor=requirement.supervisor,
        company=requirement.company,
        booking=requirement.booking,
    )


def record_change(
    db: Session,
    row: AccessPointRow,
    action: str,
    actor: Actor,
    now: Utc,
    *,
    reason: str | None = None,
    **detail: object,
) -> None:
    """Record a change in the audit and publish it as news."""
    db.flush()
    subject = f"access_point:{row.id}"
    audit.record(db, actor, now, action, subject, row.site_id, reason=reason, **detail)
    post_news(db, PointNews(site=row.site_id, key=row.id))


def shape(row: AccessPointRow) -> AccessPoint:
    """Return the row for the API."""
    required = from_json(row.requirement, Requirement)
    certifications = tuple(
        certification[0] if len(certification) == 1 else certification
        for certification in required.certifications
    )
    requirement = to_shape(required, RequirementShape, certifications=certifications)
    return to_shape(row, AccessPoint, requirement=requirement)


def check_maintained(db: Session, chosen: MaintainedPointsChanged) -> None:
    """Raise Invalid unless the access points that a member is to maintain exist at the site."""
    at_site = AccessPointRow.site_id == chosen.site_id
    require_existing(db, "maintains", AccessPointRow.id, chosen.access_points, at_site)


def check_not_required_elsewhere(db: Session, event: ScopeNarrowed) -> None:
    """Raise Conflict if a machine of another site requires a certification that is about to count
    at one site only."""
    other_requirements = select(AccessPointRow.requirement).where(
        AccessPointRow.site_id != event.site_id
    )
    groups = (
        group
        for requirement in db.scalars(other_requirements)
        for group in requirement["certifications"]
    )
    if any(event.certification_id in group for group in groups):
        raise Conflict("access points of other sites require it; remove it there first")
