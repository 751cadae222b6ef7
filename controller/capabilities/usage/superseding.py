"""A machine's later start closes an earlier session that has no end of its own."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc

SUPERSEDED = "superseded"


def is_open(row: SessionRow) -> bool:
    """Whether no event has told its end."""
    return row.cause in (None, SUPERSEDED)


def close_superseded(db: Session, changed: Sequence[SessionRow]) -> None:
    """Settle anew, around these sessions, which are ended by the start after them.

    The result depends only on the starts and ends that are stored, not on their order of arrival.
    """
    earliest: dict[str, Utc] = {}
    for row in changed:
        if row.started_at is not None:
            known = earliest.get(row.access_point_id, row.started_at)
            earliest[row.access_point_id] = min(known, row.started_at)
    for point, start in earliest.items():
        _settle(db, point, start)
    db.flush()


def _settle(db: Session, point: str, start: Utc) -> None:
    before = db.scalar(
        select(func.max(SessionRow.started_at)).where(
            SessionRow.access_point_id == point, SessionRow.started_at < start
        )
    )
    rows = db.scalars(
        select(SessionRow)
        .where(SessionRow.access_point_id == point, SessionRow.started_at >= (before or start))
        .order_by(SessionRow.started_at, SessionRow.id)
    ).all()
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if is_open(row):
            row.ended_at = following.started_at if following else None
            row.cause = SUPERSEDED if following else None
