"""Alarms that the controller itself raises and ends, from what it knows and no event tells."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.alarms.news import AlarmNews
from controller.domain.time import Utc
from controller.kernel.outbox import tell
from controller.kernel.rows import ensure
from controller.wire.ids import uuid7


def set_alarm(
    db: Session,
    *,
    key: str,
    site_id: str,
    kind: str,
    access_point: str | None,
    detail: dict[str, Any],
    is_on: bool,
    now: Utc,
) -> None:
    """Have the alarm with this key be on, or be over. Saying the same again changes nothing."""
    find = select(Alarm).where(Alarm.key == key)
    row = db.scalar(find)
    if not is_on and (row is None or row.cleared_at is not None):
        return
    if row is None:
        new = Alarm(
            id=uuid7(),
            key=key,
            site_id=site_id,
            agent_id=None,
            access_point_id=access_point,
            kind=kind,
            detail=detail,
            raised_at=now,
            cleared_at=None,
        )
        row = ensure(db, find, new)
    elif is_on and row.cleared_at is not None:
        row.raised_at, row.cleared_at, row.taken_by, row.taken_at = now, None, None, None
    elif not is_on:
        row.cleared_at = now
    elif row.detail == detail:
        return
    row.detail = detail
    db.flush()
    tell(db, AlarmNews(site=site_id, key=row.id))
