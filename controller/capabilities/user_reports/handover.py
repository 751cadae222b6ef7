"""Handover notes: what one shift at the desk leaves to the next."""

from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.user_reports.models import HandoverNote as NoteRow
from controller.capabilities.user_reports.news import HandoverNoteNews
from controller.capabilities.user_reports.shapes import (
    HandoverFields,
    HandoverNote,
    NewHandoverNote,
)
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden
from controller.kernel.mapping import to_shape
from controller.kernel.names import names_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.privacy import MARGIN
from controller.kernel.rows import at_sites, require_version, resolve_site, visible
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

KEPT_FOR = timedelta(days=30)
"""How long a note can be read after it was done or expired."""


def create(db: Session, new: NewHandoverNote, *, actor: Actor, now: Utc) -> HandoverNote:
    """Leave a note at a site's desk. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, Permission.DESK, new.site_id)
    row = NoteRow(
        id=uuid7(),
        site_id=site_id,
        text=new.text,
        created_by=actor.ref,
        created_at=now,
        until=new.until,
        expected_at=new.expected_at,
        done_by=None,
        done_at=None,
    )
    db.add(row)
    return _publish(db, row)


def get(db: Session, note_id: str, *, actor: Actor) -> HandoverNote:
    """Return one note. Raises NotFound."""
    return _shapes(db, [_visible(db, note_id, actor)])[0]


def page(
    db: Session, *, actor: Actor, now: Utc, current: bool | None = None, cursor: Cursor = FIRST
) -> Page[HandoverNote]:
    """Return a page of notes of the sites at whose desk the actor works.

    `current`: only current notes (True), or only done and expired ones (False).
    """
    statement = select(NoteRow).where(at_sites(NoteRow.site_id, actor.sites(Permission.DESK)))
    if current is not None:
        is_over = or_(NoteRow.done_at.is_not(None), (NoteRow.until <= now).is_(True))
        statement = statement.where(~is_over if current else is_over)
    return paged(db, statement, NoteRow.id, cursor, lambda rows: _shapes(db, rows))


def change(
    db: Session, note_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> HandoverNote:
    """Apply a merge patch of text, end and expected time, as its author or a manager.

    Others would write in its author's name. Raises Invalid, Stale, NotFound, Forbidden.
    """
    row = _visible(db, note_id, actor)
    if actor.ref != row.created_by and not actor.may(Permission.RULES_WRITE, row.site_id):
        raise Forbidden("only its author or a manager can change a note: leave one of your own")
    require_version(row, version)
    new = merge(_shapes(db, [row])[0], patch, HandoverFields)
    row.text, row.until, row.expected_at = new.text, new.until, new.expected_at
    return _publish(db, row)


def mark_done(db: Session, note_id: str, *, actor: Actor, now: Utc) -> HandoverNote:
    """Mark a note as done; one that already is keeps its first name and time. Raises NotFound."""
    row = _visible(db, note_id, actor)
    if row.done_at is None:
        row.done_by, row.done_at = actor.ref, now
    return _publish(db, row)


def mark_undone(db: Session, note_id: str, *, actor: Actor, now: Utc) -> HandoverNote:
    """Undo `mark_done`. Raises NotFound."""
    del now  # nothing is stored about the undo
    row = _visible(db, note_id, actor)
    row.done_by = row.done_at = None
    return _publish(db, row)


def forget_old(db: Session, now: Utc) -> None:
    """Remove notes that were done or expired long ago, since they may name people."""
    before = Utc.of(now - KEPT_FOR - MARGIN)
    db.execute(delete(NoteRow).where(or_(NoteRow.done_at < before, NoteRow.until < before)))


def _visible(db: Session, key: str, actor: Actor) -> NoteRow:
    return visible(db, NoteRow, key, "note", actor, Permission.DESK)


def _publish(db: Session, row: NoteRow) -> HandoverNote:
    db.flush()
    post_news(db, HandoverNoteNews(site=row.site_id, key=row.id))
    return _shapes(db, [row])[0]


def _shapes(db: Session, rows: list[NoteRow]) -> list[HandoverNote]:
    names = names_of(db, [ref for row in rows for ref in (row.created_by, row.done_by) if ref])
    return [
        to_shape(
            row,
            HandoverNote,
            created_by=names.get(row.created_by, row.created_by),
            done_by=names.get(row.done_by, row.done_by) if row.done_by else None,
        )
        for row in rows
    ]
