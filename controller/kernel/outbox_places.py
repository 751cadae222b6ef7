"""The position of each outbox reader, the process that reads for it, and what may be pruned."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel import outbox
from controller.kernel.models import OutboxCursor, OutboxRow
from controller.store.upsert import insert_missing

TERM_S = 60.0
"""Seconds for which a process keeps a site without renewal; news of a stopped process wait this
long."""
READ_KEPT_S = 3600.0
"""Seconds for which read news are kept, since an open page may have been disconnected."""
UNREAD_KEPT_S = 2 * 86_400.0
"""Seconds after which unread news are pruned; the reader is considered gone."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPosition:
    """A reader's position at a site where there is more to read."""

    site: str
    position: int
    head: int
    moved_at: Utc | None
    """None: it has never read there, and begins with the oldest stored news."""
    is_whole: bool
    """Whether all unread news are still stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a reader is behind."""

    reader: str
    behind: int
    """Number of unread news at all sites, whether or not the reader wants them."""
    since: Utc | None
    """When the oldest unread news was written; None: nothing is unread."""


def places_behind(db: Session, reader: str) -> Iterator[ReaderPosition]:
    """Yield the sites at which this reader is behind."""
    rows = db.scalars(select(OutboxCursor).where(OutboxCursor.reader == reader))
    cursors = {row.site_id: row for row in rows}
    for site, head in outbox.heads(db).items():
        row = cursors.get(site)
        position = row.position if row is not None else first_position(db, site, head)
        if position != head or row is None:
            yield ReaderPosition(
                site=site,
                position=position,
                head=head,
                moved_at=None if row is None else row.moved_at,
                is_whole=outbox.is_kept(db, site, position, head),
            )


def take(db: Session, reader: str, at: ReaderPosition, holder: str, now: Utc) -> int | None:
    """Reserve a site for this process; return its position, or None if it is taken."""
    new = {"reader": reader, "site_id": at.site, "position": at.position, "moved_at": now}
    insert_missing(db, OutboxCursor, [{**new, "holder": None, "until": None}])
    row = db.scalars(
        select(OutboxCursor).where(_is_cursor(reader, at.site)).with_for_update()
    ).one()
    # A later end was written before a clock was set back.
    if (
        row.holder != holder
        and row.until is not None
        and now < row.until <= _add_seconds(now, 2 * TERM_S)
    ):
        return None
    row.holder, row.until = holder, _add_seconds(now, TERM_S)
    return row.position


def move(
    db: Session, reader: str, site: str, holder: str, *, start: int, end: int, now: Utc
) -> bool:
    """Move the position past what was read; False if another process moved it."""
    is_own = (OutboxCursor.holder == holder) & (OutboxCursor.position == start)
    result = db.execute(
        update(OutboxCursor)
        .where(_is_cursor(reader, site), is_own)
        .values(position=end, moved_at=now, until=_add_seconds(now, TERM_S))
        .returning(OutboxCursor.site_id)
    )
    return result.first() is not None


def lags(db: Session) -> list[Lag]:
    """Return how far each reader is behind."""
    unread = and_(
        OutboxRow.site_id == OutboxCursor.site_id, OutboxRow.position > OutboxCursor.position
    )
    rows = db.execute(
        select(
            OutboxCursor.reader,
            func.count(OutboxRow.position).label("behind"),
            func.min(OutboxRow.at).label("since"),
        )
        .outerjoin(OutboxRow, unread)
        .group_by(OutboxCursor.reader)
        .order_by(OutboxCursor.reader)
    )
    return [Lag(reader=row.reader, behind=row.behind, since=row.since) for row in rows]


def forget_inactive(db: Session, now: Utc) -> None:
    """Delete readers that have not moved for longer than unread news are kept."""
    old = OutboxCursor.moved_at < _add_seconds(now, -UNREAD_KEPT_S)
    for row in db.scalars(select(OutboxCursor).where(old)):
        head = outbox.heads(db).get(row.site_id, 0)
        if row.position < head:
            _log.warning(
                "reader %s no longer exists: %d news of %s are dropped",
                row.reader,
                head - row.position,
                row.site_id,
            )
            db.delete(row)


def prune(db: Session, site: str, now: Utc) -> bool:
    """Delete some news that are old and read by all; return whether there may be more to delete."""
    slowest = db.scalar(select(func.min(OutboxCursor.position)).where(OutboxCursor.site_id == site))
    oldest = (
        select(OutboxRow.position, OutboxRow.at)
        .where(OutboxRow.site_id == site)
        .order_by(OutboxRow.position)
        .limit(outbox.BATCH_SIZE)
    )
    last = None
    for row in db.execute(oldest):
        is_read = slowest is None or row.position <= slowest
        if row.at >= _add_seconds(now, -(READ_KEPT_S if is_read else UNREAD_KEPT_S)):
            break
        last = row.position
    if last is None:
        return False
    db.execute(delete(OutboxRow).where(OutboxRow.site_id == site, OutboxRow.position <= last))
    return True


def _is_cursor(reader: str, site: str) -> ColumnElement[bool]:
    return (OutboxCursor.reader == reader) & (OutboxCursor.site_id == site)


def first_position(db: Session, site: str, head: int) -> int:
    """Return the position before the oldest stored news."""
    oldest = db.scalar(select(func.min(OutboxRow.position)).where(OutboxRow.site_id == site))
    return head if oldest is None else oldest - 1


def _add_seconds(now: Utc, seconds: float) -> Utc:
    return Utc.of(now + timedelta(seconds=seconds))
