"""The append-only record of actions on people's rights, each entry chained to the one before."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.services.actor import Actor, Permission
from controller.services.paging import FIRST, Cursor, Page
from controller.store.models import AuditEntry, AuditHead

_ZERO = "0" * 64


@dataclass(frozen=True, slots=True)
class _Pending:
    at: Utc
    actor: str
    action: str
    subject: str
    site_id: str | None
    detail: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as the API gives it."""

    seq: int
    at: Utc
    actor: str
    action: str
    subject: str
    site_id: str | None
    detail: dict[str, object]
    hash: str


def record(
    db: Session,
    actor: Actor,
    now: Utc,
    action: str,
    subject: str,
    site_id: str | None = None,
    **detail: object,
) -> None:
    """Have an entry written when the transaction commits. `subject` is `kind:id`, never a name."""
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    pending = _Pending(now, actor.ref, action, subject, site_id, text)
    db.info.setdefault("audit", []).append(pending)


def append_pending(db: Session) -> None:
    """Before the commit: write the entries. The head's lock, held to the end, orders them."""
    pending = db.info.pop("audit", [])
    if not pending:
        return
    head = db.scalars(
        select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).one()
    for each in pending:
        head.seq += 1
        entry = AuditEntry(
            seq=head.seq, at=each.at, actor=each.actor, action=each.action, subject=each.subject,
            site_id=each.site_id, detail=each.detail, prev_hash=head.hash, hash="",
        )  # fmt: skip
        entry.hash = head.hash = _hash(entry)
        db.add(entry)
    db.flush()


def verify(db: Session) -> int | None:
    """Walk the chain; returns the number of the first entry that does not hold, or None."""
    expected, previous = 1, _ZERO
    for entry in _walk(db):
        if (entry.seq, entry.prev_hash, entry.hash) != (
            expected,
            previous,
            _hash(entry),
        ):
            return expected
        expected, previous = entry.seq + 1, entry.hash
    head = db.scalars(select(AuditHead)).one()
    return None if (head.seq, head.hash) == (expected - 1, previous) else expected


def entries(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Entry]:
    """The entries of the sites whose audit the actor may read, oldest first."""
    actor.require_anywhere(Permission.AUDIT_READ)
    sites = actor.sites(Permission.AUDIT_READ)
    statement = select(AuditEntry).where(AuditEntry.seq > int(cursor.after or 0))
    if sites is not None:
        statement = statement.where(AuditEntry.site_id.in_(sites) | AuditEntry.site_id.is_(None))
    rows = db.scalars(statement.order_by(AuditEntry.seq).limit(cursor.limit + 1)).all()
    more = len(rows) > cursor.limit
    items = [_shape(row) for row in rows[: cursor.limit]]
    return Page(items=items, next=str(items[-1].seq) if more else None)


def _walk(db: Session) -> Iterator[AuditEntry]:
    return iter(db.scalars(select(AuditEntry).order_by(AuditEntry.seq)).yield_per(1000))


def _hash(entry: AuditEntry) -> str:
    fields = [
        entry.seq, entry.at.text(), entry.actor, entry.action, entry.subject, entry.site_id,
        entry.detail, entry.prev_hash,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def _shape(row: AuditEntry) -> Entry:
    return Entry(
        seq=row.seq, at=row.at, actor=row.actor, action=row.action, subject=row.subject,
        site_id=row.site_id, detail=json.loads(row.detail), hash=row.hash,
    )  # fmt: skip
