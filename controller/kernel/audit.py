"""The append-only, hash-chained record of actions that affect people's rights."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Row, Select, or_, select, true
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape
from controller.kernel.models import AuditEntry, AuditHead, AuditNote
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.rows import site_ids
from controller.kernel.validate import several_lines

_ZERO = "0" * 64
_NUMBER = re.compile(r"\d{1,18}")


@dataclass(frozen=True, slots=True)
class _Pending:
    at: Utc
    actor: str
    action: str
    subject: str
    site_id: str | None
    detail: str
    reason: str | None
    salt: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An audit entry, as the API shows it."""

    seq: int
    at: Utc
    actor: str
    action: str
    subject: str
    site_id: str | None
    detail: dict[str, object]
    reason: str | None
    """The reason that was entered; null if there was none or it has been erased."""
    hash: str


def record(
    db: Session,
    actor: Actor,
    now: Utc,
    action: str,
    subject: str,
    site_id: str | None = None,
    *,
    reason: object = None,
    **detail: object,
) -> None:
    """Add an entry, which is written when the transaction commits; `subject` is `kind:id`, never a
    name.

    `reason` is text written by a person, or None. It is stored apart from the chain, which has only
    its salted hash, so that it can be deleted. `detail` contains only codes and references.
    """
    salt = secrets.token_hex(16)
    words = None if reason is None else several_lines("reason", str(reason))
    if words is not None:
        detail["reason_hash"] = _note_hash(salt, words)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    pending = _Pending(now, actor.ref, action, subject, site_id, text, words, salt)
    db.info.setdefault("audit", []).append(pending)


def append_pending(db: Session) -> None:
    """Write pending entries before the commit; the locked head keeps their order."""
    pending = db.info.pop("audit", [])
    if not pending:
        return
    head = db.scalars(
        select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).one()
    for item in pending:
        head.seq += 1
        entry = AuditEntry(
            seq=head.seq,
            at=item.at,
            actor=item.actor,
            action=item.action,
            subject=item.subject,
            site_id=item.site_id,
            detail=item.detail,
            prev_hash=head.hash,
            hash="",
        )
        entry.hash = head.hash = _hash(entry)
        db.add(entry)
        if item.reason is not None:
            db.add(AuditNote(seq=head.seq, salt=item.salt, text=item.reason, at=item.at))
    db.flush()


@dataclass(frozen=True, slots=True)
class Link:
    """A position in the chain: an entry's number and hash."""

    seq: int
    hash: str


START = Link(0, _ZERO)


def verify(db: Session) -> int | None:
    """Check the whole chain; return the number of the first entry that is wrong, or None."""
    return check(db)[0]


def check(db: Session, after: Link = START) -> tuple[int | None, Link]:
    """Check the chain after a verified entry.

    Returns the number of the first entry that is wrong (None: all are right), and the last right
    one.
    """
    last = _verified(db, after)
    if last is None:
        return after.seq, START
    for entry, note in _entries_after(db, after.seq):
        link = (entry.seq, entry.prev_hash, entry.hash)
        if link != (last.seq + 1, last.hash, _hash(entry)) or not _fits(entry, note):
            return last.seq + 1, last
        last = Link(entry.seq, entry.hash)
    head = db.scalars(select(AuditHead)).one()
    return (None if (head.seq, head.hash) == (last.seq, last.hash) else last.seq + 1), last


def _verified(db: Session, link: Link) -> Link | None:
    """Return the link if its entry is unchanged, else None."""
    if link == START:
        return link
    entry = db.get(AuditEntry, link.seq)
    return link if entry is not None and entry.hash == _hash(entry) == link.hash else None


def visible(db: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition for entries that the actor may read: those of sites whose audit they may
    read.

    Entries without a site, such as those about an account, require this permission at every site.
    """
    sites = actor.sites(Permission.AUDIT_READ)
    if sites is None:
        return true()
    is_visible = AuditEntry.site_id.in_(sites)
    return is_visible | AuditEntry.site_id.is_(None) if sites >= site_ids(db) else is_visible


def entries(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Entry]:
    """Return a page of the entries that the actor may read, oldest first."""
    actor.require_anywhere(Permission.AUDIT_READ)
    after = cursor.after or "0"
    if not _NUMBER.fullmatch(after):
        raise Invalid.of("after", "not a cursor of this list")
    statement = with_notes().where(AuditEntry.seq > int(after), visible(db, actor))
    rows = db.execute(statement.order_by(AuditEntry.seq).limit(cursor.limit + 1)).all()
    more = len(rows) > cursor.limit
    items = [shape(row, note) for row, note in rows[: cursor.limit]]
    return Page(items=items, next=str(items[-1].seq) if more else None)


def entries_about(db: Session, references: Iterable[str], *, reader: Actor | None) -> list[Entry]:
    """Return the entries about these references or by them, for the export of a person; oldest
    first.

    `reader`: None if it is the person. Staff get what was done to the person at their own sites,
    and what the person did as staff, where they may read the audit.
    """
    refs = list(references)
    sites = None if reader is None else reader.sites(Permission.PERSONAL_DATA)
    is_at_sites = AuditEntry.site_id.in_(sites or ()) | AuditEntry.site_id.is_(None)
    condition = or_(
        AuditEntry.subject.in_(refs) & (true() if sites is None else is_at_sites),
        AuditEntry.actor.in_(refs) & (true() if reader is None else visible(db, reader)),
    )
    rows = db.execute(with_notes().where(condition).order_by(AuditEntry.seq))
    return [shape(row, note) for row, note in rows]


def last_entry(db: Session, subject: str, key: str) -> AuditEntry | None:
    """Return the newest entry about a subject that contains this key, for undoing it."""
    has_key = AuditEntry.detail.contains(f'"{key}"', autoescape=True)
    query = select(AuditEntry).where(AuditEntry.subject == subject, has_key)
    return db.scalars(query.order_by(AuditEntry.seq.desc()).limit(1)).first()


def with_notes() -> Select[AuditEntry, AuditNote]:
    """Return the query for entries with their reasons, where these are still kept."""
    return select(AuditEntry, AuditNote).outerjoin(AuditNote, AuditNote.seq == AuditEntry.seq)


def _entries_after(db: Session, after: int) -> Iterator[Row[AuditEntry, AuditNote]]:
    rest = with_notes().where(AuditEntry.seq > after)
    return iter(db.execute(rest.order_by(AuditEntry.seq)).yield_per(1000))


def _note_hash(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


def _fits(entry: AuditEntry, note: AuditNote | None) -> bool:
    """Return whether the reason is the original one; a deleted reason is fine."""
    note_hash = json.loads(entry.detail).get("reason_hash")
    return note is None or _note_hash(note.salt, note.text) == note_hash


def _hash(entry: AuditEntry) -> str:
    fields = [
        entry.seq,
        entry.at.text(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.site_id,
        entry.detail,
        entry.prev_hash,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def shape(row: AuditEntry, note: AuditNote | None) -> Entry:
    """Return the entry as the API shows it."""
    detail = json.loads(row.detail)
    detail.pop("reason_hash", None)
    return to_shape(row, Entry, detail=detail, reason=note.text if note else None)
