"""Reads machine sessions, changes them in memory, and writes them back as a batch."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow, is_skewed
from controller.domain.time import Utc
from controller.store.upsert import upsert


@dataclass(slots=True)
class Record:
    """A row of `machine_session` in memory; a new one has only ids."""

    id: str
    site_id: str
    agent_id: str
    access_point_id: str
    member_ref: str | None = None
    started_at: Utc | None = None
    state: str | None = None
    state_at: Utc | None = None
    state_order: str | None = None
    ended_at: Utc | None = None
    latest_start: Utc | None = None
    latest_end: Utc | None = None
    start_told_at: Utc | None = None
    end_told_at: Utc | None = None
    active_s: float = 0.0
    idle_s: float = 0.0
    powered_s: float = 0.0
    gap_s: float = 0.0
    material_mg: int = 0
    cause: str | None = None
    organisation_id: str | None = None
    project_id: str | None = None
    course_session_id: str | None = None
    booked_by: str | None = None
    public: str | None = None
    cut_by_own: bool = False
    is_doubtful: bool | None = None
    row_version: int = 1


_NAMES = tuple(field.name for field in fields(Record))
_values = attrgetter(*_NAMES)


def read(db: Session, ids: Collection[str]) -> dict[str, Record]:
    """Return the existing sessions with these ids, locked until the commit."""
    columns = cast(Table, SessionRow.__table__).c
    rows = db.execute(
        select(*(columns[name] for name in _NAMES))
        .where(columns.id.in_(ids))
        .order_by(columns.id)
        .with_for_update()
    )
    return {row.id: Record(*row) for row in rows}


def write(db: Session, records: Iterable[Record]) -> None:
    """Insert the sessions, or update their rows."""
    upsert(db, SessionRow, [_row(record) for record in records])


def _row(record: Record) -> dict[str, object]:
    row: dict[str, object] = dict(zip(_NAMES, _values(record), strict=True))
    row["skewed"] = is_skewed(record.id, record.started_at)
    return row
