"""The plan of a site: walls, doors, rooms and machines, drawn as a draft and then published.

Coordinates are in steps of 10 cm, from the left and from the top.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.live.models import SitePlan
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.changes import ZoneUses
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Stale
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Shape, Slug
from controller.kernel.validate import parse

MAX_SIDE = 1000
"""The longest side of a plan: 100 m."""
Step = Annotated[int, msgspec.Meta(ge=0, le=MAX_SIDE)]


class Wall(Shape, frozen=True, kw_only=True):
    """A straight wall between two points."""

    x1: Step
    y1: Step
    x2: Step
    y2: Step


class Opening(Shape, frozen=True, kw_only=True):
    """A door in a wall: its hinge, and the side to which it opens."""

    x: Step
    y: Step
    turn: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    """Where the opening lies, seen from the hinge: right, below, left, above.

    The leaf opens a quarter of a turn back from there: for 0, upwards.
    """
    point: Slug | None = None
    """The door that Loquet controls; null: an ordinary one."""


class RoomName(Shape, frozen=True, kw_only=True):
    """Where a room's name is drawn."""

    zone: Slug
    x: Step
    y: Step


class Spot(Shape, frozen=True, kw_only=True):
    """Where a machine stands."""

    point: Slug
    x: Step
    y: Step


class Drawing(Shape, frozen=True, kw_only=True):
    """A whole plan."""

    walls: Annotated[tuple[Wall, ...], msgspec.Meta(max_length=400)] = ()
    doors: Annotated[tuple[Opening, ...], msgspec.Meta(max_length=100)] = ()
    rooms: Annotated[tuple[RoomName, ...], msgspec.Meta(max_length=100)] = ()
    machines: Annotated[tuple[Spot, ...], msgspec.Meta(max_length=400)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The published plan and the draft; None: nothing."""

    published: Drawing | None = None
    published_at: Utc | None = None
    draft: Drawing | None = None
    draft_at: Utc | None = None


def read_plan(db: Session, site_id: str, *, actor: Actor) -> Plan:
    """Return the site's plan. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    row = db.get(SitePlan, site_id)
    if row is None:
        return Plan()
    return Plan(
        published=None if row.published is None else parse(row.published, Drawing),
        published_at=row.published_at,
        draft=None if row.draft is None else parse(row.draft, Drawing),
        draft_at=row.draft_at,
    )


def save_draft(
    db: Session, site_id: str, data: object, *, draft_at: Utc | None, actor: Actor, now: Utc
) -> None:
    """Save a drawing as the draft; doors, rooms and machines of other sites are left out.

    `draft_at`: the time of the draft on which the drawing is based. Raises Stale if somebody has
    changed the draft since, Invalid, Forbidden, NotFound.
    """
    row = _row(db, site_id, actor)
    if row.draft_at != draft_at:
        raise Stale("somebody has changed the draft since")
    row.draft, row.draft_at = _as_json(_of_site(db, site_id, parse(data, Drawing))), now


def publish(db: Session, site_id: str, *, draft_at: Utc | None, actor: Actor, now: Utc) -> None:
    """Show the draft to everybody.

    `draft_at` is the time of the draft that the actor has seen. Raises Stale if somebody has
    changed it since, Conflict without a draft, Forbidden, NotFound.
    """
    row = _row(db, site_id, actor)
    if row.draft is None:
        raise Conflict("there is no draft")
    if row.draft_at != draft_at:
        raise Stale("somebody has changed the draft since")
    row.earlier, row.published, row.draft = row.published, row.draft, None
    row.earlier_at, row.published_at = row.published_at, now
    audit.record(db, actor, now, "site_plan_published", f"site:{site_id}", site_id)


def take_back(
    db: Session, site_id: str, *, published_at: Utc | None, actor: Actor, now: Utc
) -> None:
    """Show the previously published plan again, and turn the current one into the draft.

    `published_at`: the time of the publication to take back. Raises Stale if somebody has published
    since, Conflict if somebody has drawn since, Forbidden, NotFound.
    """
    row = _row(db, site_id, actor)
    if row.published_at != published_at:
        raise Stale("somebody has published since")
    if row.draft is not None or row.published is None:
        raise Conflict("somebody has drawn since")
    row.draft, row.published, row.earlier = row.published, row.earlier, None
    row.published_at, row.earlier_at, row.draft_at = row.earlier_at, None, now
    audit.record(db, actor, now, "site_plan_taken_back", f"site:{site_id}", site_id)


def _row(db: Session, site_id: str, actor: Actor) -> SitePlan:
    actor.require(Permission.RULES_WRITE, site_id)
    get_or_404(db, SiteRow, site_id, "site")
    row = db.get(SitePlan, site_id, with_for_update=True)
    if row is None:
        row = SitePlan(site_id=site_id)
        db.add(row)
    return row


def _of_site(db: Session, site_id: str, drawing: Drawing) -> Drawing:
    points = set(db.scalars(select(AccessPointRow.id).where(AccessPointRow.site_id == site_id)))
    zones = set(db.scalars(select(ZoneRow.id).where(ZoneRow.site_id == site_id)))
    return Drawing(
        walls=drawing.walls,
        doors=tuple(door for door in drawing.doors if door.point in (None, *points)),
        rooms=tuple(room for room in drawing.rooms if room.zone in zones),
        machines=tuple(spot for spot in drawing.machines if spot.point in points),
    )


def _as_json(drawing: Drawing) -> dict[str, object]:
    built: dict[str, object] = msgspec.to_builtins(drawing)
    return built


def add_use_of_zone(db: Session, asked: ZoneUses) -> None:
    """Add that the plan, its draft or the earlier one shows the zone."""
    if (row := db.get(SitePlan, asked.site_id)) is None:
        return
    drawings = filter(None, (row.published, row.earlier, row.draft))
    rooms = (room for drawing in drawings for room in drawing.get("rooms", ()))
    if any(room["zone"] == asked.zone_id for room in rooms):
        asked.uses.append(SitePlan.__tablename__)
