"""Events without people: their bytes go, their hashes stay, and what was made of them is frozen."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import WindowRow
from controller.capabilities.privacy.retention.telling import named_in, telling_types
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import number
from controller.policy.touch import TOUCHED_BY_HAND, touch

EventKey = tuple[int, int]
"""The two halves of its id."""


def due(db: Session, site_id: str, before: Utc, now: Utc, limit: int) -> Sequence[EventKey]:
    """Events that can tell of a person and happened before a time, at most so many."""
    received = EventRow.received_at < before
    happened = or_(
        EventRow.at < before,
        and_(EventRow.at.is_(None), received),
        and_(EventRow.at > now, received),  # its agent's clock ran ahead
    )
    rows = db.execute(
        select(EventRow.id_high, EventRow.id_low)
        .where(
            EventRow.site_no == number(site_id),
            happened,
            EventRow.body.is_not(None),
            EventRow.type.in_(telling_types()),
        )
        .limit(limit)
    )
    return [(row.id_high, row.id_low) for row in rows]


def forget(db: Session, keys: Iterable[EventKey]) -> int:
    """Take the bytes of these events away, and the person from what was made of them."""
    key = tuple_(EventRow.id_high, EventRow.id_low)
    rows = db.scalars(select(EventRow).where(key.in_(list(keys)), EventRow.body.is_not(None))).all()
    sessions: set[str] = set()
    windows: set[str] = set()
    for row in rows:
        fields = named_in(row.raw or b"{}")
        if session := fields.get("session_id"):
            sessions.add(session)
        if window := fields.get("window_id"):
            windows.add(window)
            touch(db, row.site_id, "window", window)
        row.body = None
    db.flush()
    db.execute(update(SessionRow).where(SessionRow.id.in_(sessions)).values(member_ref=None))
    db.execute(
        update(WindowRow).where(WindowRow.id.in_(windows)).values(supervisor=None),
        execution_options={TOUCHED_BY_HAND: True},
    )
    return len(rows)
