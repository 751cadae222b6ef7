"""Checks the audit chain: all of it each night, and on request the part since the last check."""

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
"""For this long after a full check, a check on request continues from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The state of the audit chain at its latest check."""

    last: int
    began_at: Utc | None
    checked_at: Utc | None
    """None: never checked."""
    intact_until: int
    """Up to which entry the chain is intact."""
    broken_at: int | None
    """The first altered entry, if any."""

    @property
    def unchecked(self) -> int:
        """Return how many entries are not checked yet."""
        return self.last - self.intact_until


def chain_state(db: Session) -> Chain:
    """Return the state of the chain."""
    newest = _newest_check(db)
    first = select(AuditEntry.at).order_by(AuditEntry.seq).limit(1)
    return Chain(
        last=db.scalars(select(AuditHead)).one().seq,
        began_at=db.scalar(first),
        checked_at=newest.at if newest else None,
        intact_until=newest.seq if newest else 0,
        broken_at=newest.broken_at if newest else None,
    )


def check_start(db: Session, now: Utc) -> Link:
    """Return where a check on request starts: after the last check, if a full one is recent
    enough."""
    newest, last_full = _newest_check(db), _newest_check(db, whole=True)
    if newest is None or last_full is None or newest.broken_at or now - last_full.at > RECENT:
        return START
    return Link(newest.seq, newest.hash)


def record_check(
    db: Session, result: tuple[int | None, Link], after: Link, *, actor: Actor, now: Utc
) -> None:
    """Store the result of a check that started at `after`. Raises Forbidden."""
    actor.require_anywhere(Permission.AUDIT_READ)
    broken, intact_until = result
    db.add(
        AuditCheckRow(
            id=uuid7(),
            at=now,
            by=actor.ref,
            whole=after == START,
            seq=intact_until.seq,
            hash=intact_until.hash,
            broken_at=broken,
        )
    )
    db.flush()


def _newest_check(db: Session, *, whole: bool = False) -> AuditCheckRow | None:
    checks = select(AuditCheckRow).order_by(AuditCheckRow.at.desc(), AuditCheckRow.id.desc())
    return db.scalar((checks.where(AuditCheckRow.whole) if whole else checks).limit(1))
