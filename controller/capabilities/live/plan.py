"""The plan of a site: the positions of its machines and doors, as a manager placed them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.live.models import PlanPlace
from controller.capabilities.machines.access_points import access_point_row, record_change
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid

SIDE = 1000
"""Width and height of a plan, in its own units."""


@dataclass(frozen=True, slots=True)
class PlanPosition:
    """A position on the plan: from the left (x) and from the top (y), each 0 to 1000."""

    x: int
    y: int


def positions(db: Session, site_id: str, *, actor: Actor) -> Mapping[str, PlanPosition]:
    """Return the positions of the site's access points; those without a position are left out."""
    actor.require(Permission.LIVE_READ, site_id)
    rows = db.scalars(select(PlanPlace).where(PlanPlace.site_id == site_id))
    return {row.access_point_id: PlanPosition(row.x, row.y) for row in rows}


def remove_from_plan(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> None:
    """Remove an access point from the plan; it is listed beside it again.

    Raises NotFound, Forbidden.
    """
    point = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, point.site_id)
    row = db.get(PlanPlace, access_point_id)
    if row is not None:
        db.delete(row)
    record_change(db, point, "placed_on_site_plan", actor, now)


def set_position(
    db: Session, access_point_id: str, at: PlanPosition, *, actor: Actor, now: Utc
) -> None:
    """Set an access point's position on the plan. Raises NotFound, Forbidden, Invalid."""
    point = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, point.site_id)
    for name, value in (("x", at.x), ("y", at.y)):
        if not 0 <= value <= SIDE:
            raise Invalid.of(name, f"from 0 to {SIDE}")
    row = db.get(PlanPlace, access_point_id)
    if row is None:
        row = PlanPlace(access_point_id=point.id, site_id=point.site_id, x=at.x, y=at.y)
        db.add(row)
    row.x, row.y = at.x, at.y
    record_change(db, point, "placed_on_site_plan", actor, now)
