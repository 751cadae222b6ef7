"""What agents reported of a person: the bytes that name their reference or their badges go."""

import re

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.privacy.erasure.person import Person, pattern
from controller.capabilities.privacy.retention.events import forget
from controller.capabilities.privacy.retention.rest import GONE
from controller.capabilities.privacy.retention.telling import naming
from controller.capabilities.usage.models import SessionRow
from controller.kernel.journal import FORK, Quarantine

_AT_ONCE = 500


def forget_person(db: Session, person: Person) -> int:
    """Take them out of events and of what could not be taken; returns how many there were."""
    references = (person.ref, *person.holder_keys)
    keys = [(row.id_high, row.id_low) for row in naming(db, references)]
    for start in range(0, len(keys), _AT_ONCE):
        forget(db, keys[start : start + _AT_ONCE])
    # Also what was frozen before, and whatever no event tells any more.
    of_theirs = SessionRow.member_ref == person.ref
    db.execute(update(SessionRow).where(of_theirs).values(member_ref=None))
    return len(keys) + _quarantined(db, pattern((*person.names, *references)))


def _quarantined(db: Session, wanted: re.Pattern[str]) -> int:
    found = [
        row
        for row in db.scalars(select(Quarantine))
        if wanted.search(f"{row.reason} {row.raw.decode(errors='replace')}")
    ]
    for row in found:
        row.raw = b""
        row.reason = FORK if row.reason == FORK else GONE
    db.flush()
    return len(found)
