"""Add the material that prints used to a machine session."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.totals import share, tally, zones
from controller.kernel.outbox import tell


def add(db: Session, session_id: str, milligrams: int) -> None:
    """Add material in milligrams to an existing session and to the totals of its day."""
    if not milligrams:
        return
    locked = select(SessionRow).where(SessionRow.id == session_id).with_for_update()
    row = db.scalars(locked.execution_options(populate_existing=True)).one()
    calendars = zones(db, [row.site_id])
    before = share(row, calendars)
    row.material_mg += milligrams
    db.flush()
    tally(db, [before], [share(row, calendars)])
    tell(db, SessionNews(site=row.site_id, key=row.id))
