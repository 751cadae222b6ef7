"""A machine's later start closes an earlier session that has no end of its own."""

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, func, or_, select, update
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
    changes = [change for point, span in spans.items() for change in _settled(db, point, *span)]
    if changes:
        table = cast(Table, SessionRow.__table__)
        db.connection().execute(update(table).where(table.c.id == bindparam("session_id")), changes)


def _settled(db: Session, point: str, first: Utc, last: Utc) -> list[dict[str, object]]:
    """Ends that are not what they should be, from the start before the first to the last."""
    ends = []
    for row in db.execute(_ends(), {"point": point, "first": first, "last": last}):
        cause = None if row.end is None else SUPERSEDED
        if (row.ended_at, row.cause) != (row.end, cause):
            ends.append({"session_id": row.id, "ended_at": row.end, "cause": cause})
    return ends


@cache
def _ends() -> Select[Any]:
    """The sessions that no event has ended, and the start that follows each."""
    this, later = (cast(Table, SessionRow.__table__).alias(name).c for name in ("this", "later"))
    point, first, last = (
        bindparam(name, type_=column.type)
        for name, column in (
            ("point", this.access_point_id),
            ("first", this.started_at),
            ("last", this.started_at),
        )
    )
    follows = or_(
        later.started_at > this.started_at,
        and_(later.started_at == this.started_at, later.id > this.id),
    )
    there = later.access_point_id == point
    following = select(func.min(later.started_at)).where(
        there, later.started_at >= this.started_at, follows
    )
    before = select(func.max(later.started_at)).where(there, later.started_at < first)
    return select(
        this.id, this.ended_at, this.cause, following.scalar_subquery().label("end")
    ).where(
        this.access_point_id == point,
        this.started_at >= func.coalesce(before.scalar_subquery(), first),
        this.started_at <= last,
        or_(this.cause.is_(None), this.cause == SUPERSEDED),
    )
