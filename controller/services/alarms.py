"""Alarms: what somebody must see, and who has taken it on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.services import audit
from controller.services.actor import Actor, Permission
from controller.services.commit import tell
from controller.services.names import names_of
from controller.services.paging import FIRST, Cursor, Page
from controller.services.paging import page as paged
from controller.services.rows import at_sites, found, readable
from controller.services.shapes.scalars import Shape, Slug
from controller.store.models import Alarm as AlarmRow


class Alarm(Shape, frozen=True, kw_only=True):
    """An alarm; `taken_by` is the name of who takes care of it."""

    id: str
    site_id: Slug
    kind: str
    access_point: Slug | None
    agent_id: Slug | None
    detail: dict[str, object]
    raised_at: Utc
    cleared_at: Utc | None
    taken_by: str | None
    taken_at: Utc | None


def page(
    db: Session, *, actor: Actor, active: bool | None = None, cursor: Cursor = FIRST
) -> Page[Alarm]:
    """The alarms of the actor's sites; only those not cleared, or cleared, when asked."""
    actor.require_anywhere(Permission.LIVE_READ)
    statement = select(AlarmRow).where(
        at_sites(AlarmRow.site_id, actor.sites(Permission.LIVE_READ))
    )
    if active is not None:
        cleared = AlarmRow.cleared_at
        statement = statement.where(cleared.is_(None) if active else cleared.is_not(None))
    return paged(db, statement, AlarmRow.id, cursor, lambda rows: shapes(db, rows))


def active_at(db: Session, site_id: str) -> list[Alarm]:
    """The site's alarms that are not cleared, oldest first."""
    statement = select(AlarmRow).where(AlarmRow.site_id == site_id, AlarmRow.cleared_at.is_(None))
    return shapes(db, list(db.scalars(statement.order_by(AlarmRow.raised_at, AlarmRow.id))))


def take(db: Session, alarm_id: str, *, actor: Actor, now: Utc) -> Alarm:
    """Take care of it: others see by whom. Who took it first keeps it."""
    row = found(db, AlarmRow, alarm_id, "alarm")
    readable(actor, Permission.LIVE_READ, row.site_id, "alarm", alarm_id)
    actor.require(Permission.COMMAND, row.site_id)
    if row.taken_by is None:
        row.taken_by, row.taken_at = actor.ref, now
        audit.record(db, actor, now, "alarm_taken", f"alarm:{row.id}", row.site_id)
        tell(db, row.site_id, "alarm", row.id)
        db.flush()
    return shapes(db, [row])[0]


def shapes(db: Session, rows: list[AlarmRow]) -> list[Alarm]:
    """The rows as the API gives them."""
    names = names_of(db, [row.taken_by for row in rows if row.taken_by])
    return [_shape(row, names) for row in rows]


def _shape(row: AlarmRow, names: dict[str, str]) -> Alarm:
    return Alarm(
        id=row.id, site_id=row.site_id, kind=row.kind, access_point=row.access_point_id,
        agent_id=row.agent_id, detail=row.detail, raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        taken_by=names.get(row.taken_by, row.taken_by) if row.taken_by else None,
        taken_at=row.taken_at,
    )  # fmt: skip
