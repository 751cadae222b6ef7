"""Verify the audit chain: all of it each night, and the part since then whenever somebody asks."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.audit.models import AuditCheckRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.audit import START, Link
from controller.kernel.models import AuditEntry, AuditHead
from controller.wire.ids import uuid7

RECENT = timedelta(hours=26)
"""How long what a whole reading has found counts, for one that goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How far the chain has been read again, and when."""

    last: int
    """Number of its last entry."""
    began_at: Utc | None
    checked_at: Utc | None
    """None: it never was."""
    held: int
    """Up to which entry it held then."""
    broken_at: int | None

    @property
    def unread(self) -> int:
        """How many entries have come since."""
        return self.last - self.held


def chain(db: Session) -> Chain:
    """The state of the chain."""
    newest = _newest(db)
    first = select(AuditEntry.at).order_by(AuditEntry.seq).limit(1)
    return Chain(
        last=db.scalars(select(AuditHead)).one().seq,
        began_at=db.scalar(first),
        checked_at=newest.at if newest else None,
        held=newest.seq if newest else 0,
        broken_at=newest.broken_at if newest else None,
    )


def starts_at(db: Session, now: Utc) -> Link:
    """From where a reading on request goes on: where the last one ended, if all was read lately."""
    newest, whole = _newest(db), _newest(db, whole=True)
    if newest is None or whole is None or newest.broken_at or now - whole.at > RECENT:
        return START
    return Link(newest.seq, newest.hash)


def keep(
    db: Session, found: tuple[int | None, Link], after: Link, *, actor: Actor, now: Utc
) -> None:
    """Write down how far it held. Raises Forbidden."""
    actor.require_anywhere(Permission.AUDIT_READ)
    broken, held = found
    db.add(
        AuditCheckRow(
            id=uuid7(),
            at=now,
            by=actor.ref,
            whole=after == START,
            seq=held.seq,
            hash=held.hash,
            broken_at=broken,
        )
    )
    db.flush()


def _newest(db: Session, *, whole: bool = False) -> AuditCheckRow | None:
    checks = select(AuditCheckRow).order_by(AuditCheckRow.at.desc(), AuditCheckRow.id.desc())
    return db.scalar((checks.where(AuditCheckRow.whole) if whole else checks).limit(1))
