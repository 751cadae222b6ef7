"""Adds the material of prints to a machine session."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.totals import share, time_zones, update_totals
from controller.kernel.outbox import post_news


def add_material(db: Session, session_id: str, milligrams: int) -> None:
    """Add material in milligrams to an existing session and to the totals of its day."""
    if not milligrams:
        return
    locked = select(SessionRow).where(SessionRow.id == session_id).with_for_update()
    row = db.scalars(locked.execution_options(populate_existing=True)).one()
    calendars = time_zones(db, [row.site_id])
    before = share(row, calendars)
    row.material_mg += milligrams
    db.flush()
    update_totals(db, [before], [share(row, calendars)])
    post_news(db, SessionNews(site=row.site_id, key=row.id))
