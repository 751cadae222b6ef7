"""Lists the recent changes to a member's badges and code, from the audit."""

import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members import merged_records
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry
from controller.kernel.names import names_of

SHOWN_FOR = timedelta(days=90)
"""How far back changes are listed."""
ROW_LIMIT = 20
"""Maximum number of changes that are listed."""
ACTIONS = frozenset(
    {
        "credential_created",
        "credential_lent",
        "credential_replaces",
        "credential_merged",
        "credential_changed",
        "credential_active",
        "credential_lost",
        "credential_suspended",
        "credential_returned",
        "code_choice_allowed",
        "code_set",
        "code_removed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeChange:
    """An audit entry about a member's badge or code."""

    action: str
    at: Utc
    ending: str
    """The last characters of the badge's number; empty for the code, or a deleted badge."""
    by: str
    """Name of the actor; empty for Loquet itself, and after an erasure."""
    by_member: bool
    """Whether the member made the change."""


def recent_changes(
    db: Session, member_id: str, *, own_refs: frozenset[str], now: Utc
) -> list[BadgeChange]:
    """Return the changes, newest first. `own_refs`: the references under which the member acts."""
    subjects = [f"member:{key}" for key in merged_records.ids_of(db, member_id)]
    conditions = (
        AuditEntry.subject.in_(subjects),
        AuditEntry.action.in_(ACTIONS),
        AuditEntry.at > Utc.of(now - SHOWN_FOR),
    )
    entries = select(AuditEntry).where(*conditions).order_by(AuditEntry.seq.desc()).limit(ROW_LIMIT)
    rows = db.scalars(entries).all()
    badges = {row.seq: json.loads(row.detail).get("credential") for row in rows}
    masked = select(CredentialRow.id, CredentialRow.masked).where(
        CredentialRow.id.in_([key for key in badges.values() if key]),
        CredentialRow.member_id == member_id,
    )
    endings = {key: number[-4:] for key, number in db.execute(masked).all()}
    names = names_of(db, {row.actor for row in rows})
    return [
        BadgeChange(
            action=row.action,
            at=row.at,
            ending=endings.get(badges[row.seq] or "", ""),
            by=names.get(row.actor, ""),
            by_member=row.actor in own_refs,
        )
        for row in rows
    ]
