"""The append-only record of actions on people's rights, each entry chained to the one before."""

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
from controller.kernel.mapping import read
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
    """An entry as the API gives it."""

    seq: int
    at: Utc
    actor: str
    action: str
    subject: str
    site_id: str | None
    detail: dict[str, object]
    reason: str | None
    """The reason that was given; null if there was none, or once it has been erased."""
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
    """Have an entry written when the transaction commits. `subject` is `kind:id`, never a name.

    `reason` is the text that a person wrote, or None. It is kept beside the chain, which has its
    salted hash, so that it can be removed; `detail` holds words and references of ours.
    """
    salt = secrets.token_hex(16)
    words = None if reason is None else several_lines("reason", str(reason))
    if words is not None:
        detail["reason_hash"] = _note_hash(salt, words)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    pending = _Pending(now, actor.ref, action, subject, site_id, text, words, salt)
    db.info.setdefault("audit", []).append(pending)


def append_pending(db: Session) -> None:
    """Before the commit: write the entries. The head's lock, held to the end, orders them."""
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
    """An entry of the chain, by its number and its hash."""

    seq: int
    hash: str


START = Link(0, _ZERO)


def verify(db: Session) -> int | None:
    """Walk the chain; returns the number of the first entry that does not hold, or None."""
    return check(db)[0]


def check(db: Session, after: Link = START) -> tuple[int | None, Link]:
    """Walk the chain from an entry that held: the first that does not, or None, and the last that
    does."""
    held = _whole(db, after)
    if held is None:
        return after.seq, START
    for entry, note in _walk(db, after.seq):
        found = (entry.seq, entry.prev_hash, entry.hash)
        if found != (held.seq + 1, held.hash, _hash(entry)) or not _fits(entry, note):
            return held.seq + 1, held
        held = Link(entry.seq, entry.hash)
    head = db.scalars(select(AuditHead)).one()
    return (None if (head.seq, head.hash) == (held.seq, held.hash) else held.seq + 1), held


def _whole(db: Session, link: Link) -> Link | None:
    """The link, if the chain still has it as it was."""
    if link == START:
        return link
    entry = db.get(AuditEntry, link.seq)
    return link if entry is not None and entry.hash == _hash(entry) == link.hash else None


def visible(db: Session, actor: Actor) -> ColumnElement[bool]:
    """The condition that the actor may read an entry: it is of a site whose audit they may read.

    What concerns no one site, such as somebody's account, is for who answers for all of them.
    """
    sites = actor.sites(Permission.AUDIT_READ)
    if sites is None:
        return true()
    seen = AuditEntry.site_id.in_(sites)
    return seen | AuditEntry.site_id.is_(None) if sites >= site_ids(db) else seen


def entries(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Entry]:
    """The entries of the sites whose audit the actor may read, oldest first."""
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
    """The entries about these, or of what they did, for the export of a person; oldest first.

    `reader`: None when it is that person. Anybody else reads what was done to them at their own
    sites, and what they did as staff where the audit itself may be read.
    """
    wanted = list(references)
    sites = None if reader is None else reader.sites(Permission.PERSONAL_DATA)
    here = AuditEntry.site_id.in_(sites or ()) | AuditEntry.site_id.is_(None)
    found = or_(
        AuditEntry.subject.in_(wanted) & (true() if sites is None else here),
        AuditEntry.actor.in_(wanted) & (true() if reader is None else visible(db, reader)),
    )
    rows = db.execute(with_notes().where(found).order_by(AuditEntry.seq))
    return [shape(row, note) for row, note in rows]


def last(db: Session, subject: str, key: str) -> AuditEntry | None:
    """The newest entry about a subject that names this key: an undo takes back no other act."""
    named = AuditEntry.detail.contains(f'"{key}"', autoescape=True)
    about_it = select(AuditEntry).where(AuditEntry.subject == subject, named)
    return db.scalars(about_it.order_by(AuditEntry.seq.desc()).limit(1)).first()


def with_notes() -> Select[AuditEntry, AuditNote]:
    """Entries with their reasons, where those are still kept."""
    return select(AuditEntry, AuditNote).outerjoin(AuditNote, AuditNote.seq == AuditEntry.seq)


def _walk(db: Session, after: int) -> Iterator[Row[AuditEntry, AuditNote]]:
    rest = with_notes().where(AuditEntry.seq > after)
    return iter(db.execute(rest.order_by(AuditEntry.seq)).yield_per(1000))


def _note_hash(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


def _fits(entry: AuditEntry, note: AuditNote | None) -> bool:
    """Whether the words are those that were written; ones that are gone contradict nothing."""
    wanted = json.loads(entry.detail).get("reason_hash")
    return note is None or _note_hash(note.salt, note.text) == wanted


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
    """The entry as the API gives it."""
    detail = json.loads(row.detail)
    detail.pop("reason_hash", None)
    return read(row, Entry, detail=detail, reason=note.text if note else None)
