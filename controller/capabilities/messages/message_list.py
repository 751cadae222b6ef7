"""Lists a site's messages and whether they were sent, and retries those that were given up."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.capabilities.messages.shapes import MessageSummary
from controller.capabilities.messages.troubles import Trouble
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.rows import visible


def page(
    db: Session, site_id: str, *, actor: Actor, failed: bool = False, cursor: Cursor = FIRST
) -> Page[MessageSummary]:
    """Return a page of a site's messages, newest first; `failed`: only those that were given up.

    Raises Forbidden.
    """
    actor.require(MANAGE_MESSAGES, site_id)
    messages = select(MessageRow).where(MessageRow.site_id == site_id)
    if failed:
        messages = messages.where(MessageRow.due_at.is_(None), MessageRow.sent_at.is_(None))
    if cursor.after is not None:
        messages = messages.where(MessageRow.id < cursor.after)
    rows = db.scalars(messages.order_by(MessageRow.id.desc()).limit(cursor.limit + 1)).all()
    page_rows = rows[: cursor.limit]
    after = page_rows[-1].id if len(rows) > cursor.limit else None
    return Page(items=_shapes(db, list(page_rows)), next=after)


def count_waiting_and_failed(db: Session, site_id: str) -> tuple[int, int]:
    """Return how many of a site's messages are waiting, and how many were given up."""
    at_site = MessageRow.site_id == site_id
    waits = select(func.count()).where(at_site, MessageRow.due_at.is_not(None))
    given_up = (MessageRow.due_at.is_(None), MessageRow.sent_at.is_(None))
    return db.scalar(waits) or 0, db.scalar(select(func.count()).where(at_site, *given_up)) or 0


def count_held_up(db: Session, site_id: str) -> int:
    """Return how many of a site's waiting messages have failed at least once."""
    conditions = MessageRow.site_id == site_id, MessageRow.due_at.is_not(None)
    tried = select(func.count()).where(*conditions, MessageRow.trouble.is_not(None))
    return db.scalar(tried) or 0


def count_sent(db: Session, site_id: str, since: Utc) -> tuple[dict[str, int], Utc | None]:
    """Return how many messages of each kind were sent since then, and when the last one was."""
    rows = db.execute(
        select(MessageRow.what, func.count(), func.max(MessageRow.sent_at))
        .where(MessageRow.site_id == site_id, MessageRow.sent_at >= since)
        .group_by(MessageRow.what)
    ).all()
    return {row[0]: row[1] for row in rows}, max((row[2] for row in rows if row[2]), default=None)


def retry(db: Session, message_id: str, *, actor: Actor, now: Utc) -> None:
    """Retry a message that was given up. Raises NotFound; Conflict if it was sent or is waiting."""
    row = visible(db, MessageRow, message_id, "message", actor, MANAGE_MESSAGES)
    if row.sent_at is not None or row.due_at is not None:
        raise Conflict("it has been sent, or is still being tried")
    row.due_at, row.attempts, row.written_at = now, 0, now
    db.flush()


def _shapes(db: Session, rows: list[MessageRow]) -> list[MessageSummary]:
    members = [row.member_id for row in rows if row.member_id]
    name_rows = db.execute(
        select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(members))
    )
    names = {key: name for key, name in name_rows}  # noqa: C416  mypy: not pairs
    return [
        to_shape(
            row,
            MessageSummary,
            to=names.get(row.member_id or "") or row.address or "",
            trouble=Trouble(row.trouble) if row.trouble in set(Trouble) else None,
        )
        for row in rows
    ]
