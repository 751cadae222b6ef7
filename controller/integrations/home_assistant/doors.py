"""The doors that Home Assistant may open: only those for which a manager has allowed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines import device_commands
from controller.capabilities.machines.access_points import access_point_row, record_change
from controller.capabilities.machines.models import AccessPointRow
from controller.domain.facts import Name, PointKind
from controller.domain.time import Utc
from controller.integrations.home_assistant.models import HomeDoorRow, HomeLinkRow
from controller.integrations.home_assistant.permissions import MANAGE_HOME_ASSISTANT
from controller.kernel.actor import Actor
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.names import names_of
from controller.policy.reading import from_json

ITSELF = "home_assistant"
MAX_REQUEST_AGE = timedelta(seconds=5)
"""An older request, as after a database outage, is ignored: the person has gone by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeDoor:
    """A door, and since when Home Assistant may open it; None: it only shows the door.

    `allowed_by` is None too where it was a program or an account that is erased.
    """

    id: str
    name: Name
    allowed_by: str | None
    allowed_at: Utc | None


def doors(db: Session, site_id: str, *, actor: Actor) -> list[HomeDoor]:
    """Return the site's doors. Raises Forbidden."""
    actor.require(MANAGE_HOME_ASSISTANT, site_id)
    rows = db.execute(
        select(AccessPointRow.id, AccessPointRow.name, HomeDoorRow)
        .outerjoin(HomeDoorRow, HomeDoorRow.access_point_id == AccessPointRow.id)
        .where(AccessPointRow.site_id == site_id, AccessPointRow.kind == PointKind.DOOR)
        .order_by(AccessPointRow.id)
    ).all()
    names = names_of(db, {allowed.allowed_by for _, _, allowed in rows if allowed})
    return [_door(key, name, allowed, names) for key, name, allowed in rows]


def allow(db: Session, door: str, *, actor: Actor, now: Utc) -> None:
    """Allow Home Assistant to open the door. Raises NotFound, Forbidden; Invalid for a machine."""
    point = _point(db, door, actor)
    if db.get(HomeDoorRow, point.id) is None:
        row = HomeDoorRow(access_point_id=point.id, site_id=point.site_id)
        row.allowed_by, row.allowed_at = actor.ref, now
        db.add(row)
        record_change(db, point, "home_assistant_door_allowed", actor, now)


def forbid(db: Session, door: str, *, actor: Actor, now: Utc) -> None:
    """Withdraw the permission: Home Assistant only shows the door. Raises NotFound, Forbidden."""
    point = _point(db, door, actor)
    row = db.get(HomeDoorRow, point.id)
    if row is not None:
        db.delete(row)
        record_change(db, point, "home_assistant_door_forbidden", actor, now)


def open_once(db: Session, site_id: str, door: str, *, asked_at: Utc, now: Utc) -> None:
    """Open a door once, as Home Assistant requested.

    Raises Conflict; Forbidden if the door was not allowed at the time of the request, or if the
    request is too old.
    """
    row = db.get(HomeDoorRow, door)
    if row is None or row.site_id != site_id:
        raise Forbidden(f"nobody has allowed Home Assistant to open {door}")
    if asked_at < row.allowed_at or now - asked_at > MAX_REQUEST_AGE:
        raise Forbidden(f"the request for {door} came before it was allowed, or too long ago")
    device_commands.release(db, door, actor=Actor.system(ITSELF), now=now)


def broker_link(db: Session, site_id: str) -> HomeLinkRow | None:
    """Return the state of the connection to the site's broker; None: it was never tried."""
    return db.get(HomeLinkRow, site_id)


def _point(db: Session, door: str, actor: Actor) -> AccessPointRow:
    point = access_point_row(db, door, actor)
    actor.require(MANAGE_HOME_ASSISTANT, point.site_id)
    if point.kind is not PointKind.DOOR:
        raise Invalid.of("door", f"{door} is a machine: Home Assistant only reads it")
    return point


def _door(
    key: str, name: object, allowed: HomeDoorRow | None, names: Mapping[str, str]
) -> HomeDoor:
    by = names.get(allowed.allowed_by) if allowed else None
    at = allowed.allowed_at if allowed else None
    return HomeDoor(id=key, name=from_json(name, Name), allowed_by=by, allowed_at=at)
