"""Rules for the personal data in the tables of the journal."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from controller.capabilities.journal import traces
from controller.kernel.journal import (
    FORK,
    BootAnchor,
    EventAgain,
    EventRow,
    JournalName,
    Quarantine,
    StreamState,
)
from controller.kernel.privacy import (
    GONE_REASON,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
)


def _events(db: Session, scope: RetentionScope) -> int:
    return traces.forget(db, scope.keys)


def _quarantine(db: Session, scope: RetentionScope) -> int:
    """Delete expired bytes, and the reason, which may quote them; the record of the fork stays."""
    expired = (Quarantine.site_id == scope.site_id, Quarantine.received_at < scope.before)
    with_bytes = (*expired, Quarantine.raw != b"")
    db.execute(
        update(Quarantine).where(*with_bytes, Quarantine.reason != FORK).values(reason=GONE_REASON)
    )
    return count_changed(db, update(Quarantine).where(*with_bytes).values(raw=b""))


PERSONAL_DATA = (
    PersonalDataRule(JournalName),
    PersonalDataRule(StreamState),
    PersonalDataRule(EventAgain),
    PersonalDataRule(BootAnchor),
    PersonalDataRule(
        EventRow,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.BYTES,
        retention=Retention("events", _events, find=traces.expired_events),
        at_erasure=traces.forget_person,
    ),
    PersonalDataRule(
        Quarantine,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.BYTES,
        retention=Retention("quarantine", _quarantine),
    ),
)
