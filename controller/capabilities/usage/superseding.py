"""A machine's later start closes an earlier session that has no end of its own."""

from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, and_, bindparam, func, literal, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc

SUPERSEDED = "superseded"


def is_open(cause: str | None) -> bool:
    """Whether no event has told its end."""
    return cause in (None, SUPERSEDED)


def close_superseded(db: Session, starts: Iterable[tuple[str, Utc]]) -> None:
    """Settle anew, around these starts of access points, what is ended by the start after it.

    The starts are those that sessions have now, or had before. The result depends only on the
    starts and ends that are stored, not on their order of arrival.
    """
    spans: dict[str, tuple[Utc, Utc]] = {}
    for point, start in starts:
        first, last = spans.get(point, (start, start))
        spans[point] = (min(first, start), max(last, start))
    changes = [each for point, span in spans.items() for each in _settled(db, point, *span)]
    if changes:
        table = cast(Table, SessionRow.__table__)
        db.connection().execute(update(table).where(table.c.id == bindparam("session_id")), changes)


def _settled(db: Session, point: str, first: Utc, last: Utc) -> list[dict[str, object]]:
    """Ends that are not what they should be, from the start before the first to the last."""
    columns, later = (cast(Table, SessionRow.__table__).alias(name).c for name in ("this", "later"))
    follows = or_(
        later.started_at > columns.started_at,
        and_(later.started_at == columns.started_at, later.id > columns.id),
    )
    following = (
        select(func.min(later.started_at))
        .where(later.access_point_id == point, later.started_at >= columns.started_at, follows)
        .scalar_subquery()
    )
    before = select(func.max(later.started_at)).where(
        later.access_point_id == point, later.started_at < first
    )
    since = func.coalesce(before.scalar_subquery(), literal(first, columns.started_at.type))
    rows = db.execute(
        select(columns.id, columns.ended_at, columns.cause, following.label("end")).where(
            columns.access_point_id == point,
            columns.started_at >= since,
            columns.started_at <= last,
            or_(columns.cause.is_(None), columns.cause == SUPERSEDED),
        )
    )
    ends = {row.id: (row.end, None if row.end is None else SUPERSEDED, row) for row in rows}
    return [
        {"session_id": key, "ended_at": end, "cause": cause}
        for key, (end, cause, row) in ends.items()
        if (row.ended_at, row.cause) != (end, cause)
    ]
