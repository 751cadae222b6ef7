"""Personal-data rules of the kernel's tables: audit, idempotent answers, leases, jobs, outbox."""

from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from controller.domain.locale.catalogue import N_
from controller.kernel.models import (
    AuditEntry,
    AuditHead,
    AuditNote,
    IdempotencyKey,
    JobRow,
    Lease,
    OutboxCursor,
    OutboxHead,
    OutboxRow,
)
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)


def _drop_answers(db: Session, _erasing: ErasureInProgress) -> int:
    """Empty all stored answers, since they are encrypted, so that those about the person can't be
    found.

    A repeated request is then refused instead of being done twice.
    """
    db.execute(update(IdempotencyKey).values(body="", headers={}))
    return 0


def _drop_renamings(db: Session, erasing: ErasureInProgress) -> int:
    """Delete the reasons of renamings, since earlier names can't be found by the current one."""
    renamings = select(AuditEntry.seq).where(
        AuditEntry.subject == f"member:{erasing.person.id}", AuditEntry.action == "member_changed"
    )
    db.execute(delete(AuditNote).where(AuditNote.seq.in_(renamings)))
    return 0


TEXTS = Path(__file__).with_name("texts")

PERSONAL_DATA = (
    PersonalDataRule(
        AuditEntry,
        Purpose.ACCOUNTS,
        RetentionKind.INSTALLATION,
        retained_note=N_("The chained record of actions, under the same reference"),
    ),
    PersonalDataRule(AuditHead, Purpose.ACCOUNTS, RetentionKind.INSTALLATION),
    PersonalDataRule(
        AuditNote,
        Purpose.ACCOUNTS,
        RetentionKind.REASON,
        ErasureKind.NOTE,
        is_proof=True,
        retention=Retention("notes", deletion_step(AuditNote.at), is_of_sites=False),
        at_erasure=_drop_renamings,
    ),
    PersonalDataRule(
        IdempotencyKey,
        Purpose.ACCOUNTS,
        RetentionKind.ANSWER,
        retention=Retention("answers", deletion_step(IdempotencyKey.created_at), is_of_sites=False),
        at_erasure=_drop_answers,
    ),
    PersonalDataRule(Lease),
    PersonalDataRule(JobRow),
    PersonalDataRule(OutboxRow, Purpose.NONE, RetentionKind.MOMENT),
    PersonalDataRule(OutboxCursor),
    PersonalDataRule(OutboxHead),
)
