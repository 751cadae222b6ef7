"""Stores badges with encrypted numbers; each number is in use only once.

A lent badge can be given to somebody else once its loan has ended.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import site_keys
from controller.capabilities.badges.changes import BadgeWanted
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.returned_proof import audit_detail
from controller.capabilities.badges.vault import Vault, mask
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Assurance, CredentialKind, CredentialStatus
from controller.domain.ids import CredentialId, HolderKey, parse_credential_id
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, Invalid
from controller.wire.ids import uuid7

_SYSTEM = Actor.system("badges")
UNREAD = "••••"
"""The masked number of a badge whose number is unknown, since its reader sent only a key."""


def parse_number(text: str) -> CredentialId:
    """Parse a badge's number as people write it. Raises Invalid."""
    try:
        return parse_credential_id(text)
    except ValueError as problem:
        raise Invalid.of("value", str(problem)) from problem


def enrol(
    db: Session,
    text: str,
    *,
    assurance: Assurance,
    kind: CredentialKind = CredentialKind.MEMBER,
    member_id: str | None = None,
    group_id: str | None = None,
    lent: bool = False,
    vault: Vault,
    now: Utc,
) -> CredentialRow:
    """Add a badge for a member or a group. Raises Conflict when somebody has it."""
    value = parse_number(text)
    release(db, site_keys.holder_keys(db, value, vault), now)
    row_id = uuid7()
    row = CredentialRow(
        id=row_id,
        member_id=member_id,
        group_id=group_id,
        holder_key=vault.holder_key(value),
        kind=kind,
        lent=lent,
        sealed=vault.seal(value, row_id),
        masked=mask(value),
        assurance=assurance,
        status=CredentialStatus.ACTIVE,
        valid_from=None,
        valid_until=None,
        created_at=now,
        own_page_from=None,
        suspended_because=None,
    )
    db.add(row)
    return row


def with_number(db: Session, value: CredentialId, vault: Vault) -> CredentialRow | None:
    """Return the badge with that number, or None."""
    keys = site_keys.holder_keys(db, value, vault)
    badge_query = select(CredentialRow).where(CredentialRow.holder_key.in_(keys))
    return db.scalars(badge_query.order_by(CredentialRow.id)).first()


def enrol_key(db: Session, key: HolderKey, *, member_id: str, now: Utc) -> CredentialRow:
    """Add a badge that a reader has just sent by its holder key; its number is not known."""
    release(db, [key], now)
    row = CredentialRow(
        id=uuid7(),
        member_id=member_id,
        group_id=None,
        holder_key=key,
        kind=CredentialKind.MEMBER,
        lent=False,
        sealed=b"",
        masked=UNREAD,
        assurance=Assurance.UID,
        status=CredentialStatus.ACTIVE,
        valid_from=None,
        valid_until=None,
        created_at=now,
        own_page_from=None,
        suspended_because=None,
    )
    db.add(row)
    return row


def release(db: Session, keys: Sequence[HolderKey], now: Utc) -> None:
    """Delete a badge with any of these keys if its loan has ended.

    Raises Conflict when somebody has it.
    """
    badge_query = select(CredentialRow).where(CredentialRow.holder_key.in_(keys))
    for row in db.scalars(badge_query).all():
        react(db, BadgeWanted(row, now))
    for badge in db.scalars(badge_query).all():
        if not _is_over(badge, now):
            raise Conflict("this badge is already given to somebody; restore it, or use another")
        _record_return(db, badge, now)
        db.delete(badge)
    db.flush()


def _record_return(db: Session, row: CredentialRow, now: Utc) -> None:
    """Record that a member's loan has ended and what the badge proved for them, as its return
    would have."""
    if row.member_id is None:
        return
    member = db.get_one(MemberRow, row.member_id)
    audit.record(
        db,
        _SYSTEM,
        now,
        "credential_returned",
        f"member:{member.id}",
        member.site_id,
        credential=row.id,
        lent=True,
        **audit_detail(db, row),
    )


def release_for_undo(db: Session, row: CredentialRow, vault: Vault, now: Utc) -> None:
    """Like `release`, for undoing a badge's return. Raises Conflict."""
    keys = [HolderKey(row.holder_key)]
    if row.sealed:
        keys = site_keys.holder_keys(db, vault.open(row.sealed, row.id), vault)
    release(db, keys, now)


def _is_over(row: CredentialRow, now: Utc) -> bool:
    """Return whether a lent or guest badge can be given again: its time has ended, and it is not
    lost."""
    if row.status is CredentialStatus.LOST:
        return False
    is_temporary = row.lent or row.kind is CredentialKind.GUEST
    return is_temporary and row.valid_until is not None and row.valid_until <= now
