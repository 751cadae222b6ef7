"""Who may hand over or restore a badge, and who is notified of it."""

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.mailed_messages import (
    ContactChangedMessage,
    NameChangedMessage,
)
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges.changes import (
    BadgeHandedOver,
    BadgeNeedsManager,
    BadgeStaysSuspended,
    HolderHasLeft,
    SecondBadge,
)
from controller.capabilities.badges.messages import BadgeMessage, HandoverReason
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members import merged_records
from controller.capabilities.members.changes import ContactChanged, MemberMerged
from controller.capabilities.members.models import Maintainer, MemberRow, Supervisor
from controller.capabilities.messages import write
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.stops import is_address
from controller.capabilities.messages.troubles import Trouble
from controller.domain.facts import CredentialKind, CredentialStatus, MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.models import AuditEntry
from controller.wire.ids import uuid7

OWN_PAGE_AFTER = timedelta(hours=24)
"""How long a new badge does not open the member's page, so that the member can object (decision
0210)."""
LOAN = timedelta(hours=25)
"""Longest loan that counts as one day; a day has 25 hours when summer time ends."""
OLD_ADDRESS_FOR = timedelta(days=30)
"""How long notices also go to the previous address after it was changed, and for how long a badge
counts that was lost or returned."""


def check(db: Session, member: MemberRow, *, actor: Actor, now: Utc) -> None:
    """Raise BadgeNeedsManager unless the actor may give the rights that this member's badges carry.

    Members may give themselves a badge, since that adds no rights.
    """
    if actor.is_system or actor.member_id == member.id:
        return
    duties = (exists().where(model.member_id == member.id) for model in (Maintainer, Supervisor))
    if any(db.scalars(select(duty)).one() for duty in duties) and not actor.may(
        Permission.RULES_WRITE, member.site_id
    ):
        raise BadgeNeedsManager(member.site_id)
    react(db, BadgeHandedOver(member=member, actor=actor, now=now))


def lock(db: Session, member_id: str) -> MemberRow | None:
    """Lock and reload a member's row before their badges are read or changed.

    Otherwise two badges that are given at the same time could each be taken for the only one.
    """
    row = select(MemberRow).where(MemberRow.id == member_id).with_for_update(key_share=True)
    return db.scalar(row.execution_options(populate_existing=True))


def check_here(member: MemberRow) -> None:
    """Raise HolderHasLeft if the member has left."""
    if member.status is MemberStatus.LEFT:
        raise HolderHasLeft


def _check_own(db: Session, member: MemberRow, actor: Actor) -> None:
    """Raise BadgeStaysSuspended if actors want a badge for themselves while another of theirs is
    suspended by somebody else."""
    other_suspension = exists().where(
        CredentialRow.member_id == member.id,
        CredentialRow.suspended_by.is_not(None),
        CredentialRow.suspended_by != actor.ref,
    )
    is_own = member.id in actor.own_members
    may_certify = actor.may(Permission.CERTIFY, member.site_id)
    if is_own and not may_certify and db.scalar(select(other_suspension)):
        raise BadgeStaysSuspended


def is_for_manager(db: Session, member_id: str, *, actor: Actor, now: Utc) -> bool:
    """Return whether only a manager may give this member a badge, and the actor isn't one."""
    try:
        check(db, db.get_one(MemberRow, member_id), actor=actor, now=now)
    except BadgeNeedsManager:
        return True
    return False


def hand_over(
    db: Session,
    row: CredentialRow,
    member: MemberRow,
    reason: HandoverReason,
    *,
    replaces: str | None = None,
    actor: Actor,
    now: Utc,
) -> None:
    """Check that the actor may hand over the badge, and notify its holder.

    `replaces`: the id of the badge that ends at the same time.

    Raises BadgeNeedsManager, HolderHasLeft, Forbidden.
    """
    check_here(member)
    _check_own(db, member, actor)
    check(db, member, actor=actor, now=now)
    is_lasting = row.kind is CredentialKind.MEMBER and not row.lent
    row.own_page_from = opens_page_from(actor, member.site_id, now) if is_lasting else None
    if now > member.created_at:  # a member who was just added is present at the desk
        check_second(db, row, member, reason, replaces=replaces, actor=actor, now=now)
        _notify(db, row, member, notice_addresses(db, member, now), reason, now)


def check_second(
    db: Session,
    row: CredentialRow,
    member: MemberRow,
    reason: HandoverReason,
    *,
    replaces: str | None = None,
    actor: Actor,
    now: Utc,
) -> None:
    """Raise SecondBadge for a second badge of a member whom no message reaches, and Forbidden for
    a badge that proves less, unless the actor may certify.

    Nobody would notice such a badge. These count as a second one, too: a badge of which a copy
    works from now on; one that is restored after another badge was returned or lost lately; one
    that is given after two were, including the one that it replaces. A badge lent for one day
    does not.
    """
    if is_for_a_day(row) or has_settled_address(db, member, now):
        return
    ended = _others_ended(db, row, member, now) | ({replaces} if replaces else set())
    is_swap = len(ended) > (0 if reason is HandoverReason.RESTORED else 1)
    is_second = is_swap or _has_another(db, row, member)
    if is_second and not actor.may(Permission.CERTIFY, member.site_id):
        raise SecondBadge(member.site_id)
    if reason is HandoverReason.LOWERED:
        actor.require(Permission.CERTIFY, member.site_id)


def has_settled_address(db: Session, member: MemberRow, now: Utc) -> bool:
    """Return whether messages reach the member at an address that staff have left unchanged for a
    while, since a new one may be the staff member's own."""
    changed_at = _first_change(db, member, now)
    if changed_at is None:
        return is_reachable(db, member, now)
    addresses_before = _old_addresses(member, now).where(MessageRow.written_at <= changed_at)
    usable = _usable(*db.scalars(addresses_before), *_accounts(db, member))
    return any(not _is_refused(db, address) for address in usable)


def is_for_a_day(row: CredentialRow) -> bool:
    """Return whether the badge is lent for one day."""
    ends = row.valid_until if row.lent else None
    return ends is not None and ends - row.created_at <= LOAN


def _first_change(db: Session, member: MemberRow, now: Utc) -> Utc | None:
    """Return when staff first wrote the address within `OLD_ADDRESS_FOR`; None: they did not.

    Creating the record with an address counts too, and so does a merge that takes over an address.
    """
    changes = select(func.min(AuditEntry.at)).where(
        AuditEntry.subject == f"member:{member.id}",
        AuditEntry.action.in_(("member_changed", "member_created", "members_merged")),
        AuditEntry.at > Utc.of(now - OLD_ADDRESS_FOR),
        AuditEntry.detail.contains('"address"', autoescape=True),
        AuditEntry.actor != f"member:{member.id}",
        ~AuditEntry.actor.startswith("system:"),
    )
    return db.scalar(changes)


def _has_another(db: Session, row: CredentialRow, member: MemberRow) -> bool:
    """Return whether the member has another badge that works, or would after being restored."""
    another = select(CredentialRow.id).where(
        CredentialRow.member_id == member.id,
        CredentialRow.id != row.id,
        CredentialRow.status != CredentialStatus.LOST,
    )
    return db.scalar(another.limit(1)) is not None


def _others_ended(db: Session, row: CredentialRow, member: MemberRow, now: Utc) -> set[str]:
    """Return the ids of the member's other badges that were lost or returned lately: if two badges
    work by turns, nobody notices when one of them stops."""
    details = select(AuditEntry.detail).where(
        AuditEntry.subject.in_([f"member:{key}" for key in merged_records.ids_of(db, member.id)]),
        AuditEntry.action.in_(("credential_lost", "credential_returned")),
        AuditEntry.at > Utc.of(now - OLD_ADDRESS_FOR),
        ~AuditEntry.detail.contains(f'"{row.id}"', autoescape=True),
        ~AuditEntry.detail.contains('"lent"', autoescape=True),
    )
    return {str(json.loads(detail)["credential"]) for detail in db.scalars(details)}


def opens_page_from(actor: Actor, site_id: str, now: Utc) -> Utc:
    """Return from when a badge given by this actor opens its holder's page at a terminal.

    At once if the actor may read that page anyway.
    """
    may_read_all = actor.may(Permission.PERSONAL_DATA, site_id)
    return now if may_read_all else Utc.of(now + OWN_PAGE_AFTER)


def notice_addresses(db: Session, member: MemberRow, now: Utc) -> list[str]:
    """Return the addresses for notices: the member's, the account's, which the desk can't change,
    and for some weeks the previous ones (decision 0217)."""
    old = db.scalars(_old_addresses(member, now))
    return _usable(member.email, *_accounts(db, member), *old)


def is_reachable(db: Session, member: MemberRow, now: Utc) -> bool:
    """Return whether messages reach this person: not every address is refused by its mail
    server."""
    return any(not _is_refused(db, address) for address in notice_addresses(db, member, now))


def _is_refused(db: Session, address: str) -> bool:
    """Return whether the latest message to this address was refused permanently, because it does
    not exist."""
    is_answer = MessageRow.sent_at.is_not(None) | (MessageRow.trouble == Trouble.RECIPIENT)
    to = MessageRow.address == address
    last = select(MessageRow.trouble).where(to, is_answer).order_by(MessageRow.id.desc())
    return db.scalar(last.limit(1)) == Trouble.RECIPIENT


def _usable(*candidates: str | None) -> list[str]:
    """Return the distinct e-mail addresses among these; a login need not be one."""
    return [address for address in dict.fromkeys(candidates) if address and is_address(address)]


def _old_addresses(member: MemberRow, now: Utc) -> Select[str | None]:
    """Query the member's previous addresses, which got a notice of the change within
    `OLD_ADDRESS_FOR`."""
    return (
        select(MessageRow.address)
        .where(
            MessageRow.member_id == member.id,
            MessageRow.what == ContactChangedMessage.WHAT,
            MessageRow.written_at > Utc.of(now - OLD_ADDRESS_FOR),
        )
        .order_by(MessageRow.id)
    )


def _accounts(db: Session, member: MemberRow) -> Sequence[str | None]:
    """Return the login of the member's account, and its confirmed address."""
    account = db.scalar(select(AccountRow).where(AccountRow.member_id == member.id))
    return (account.login, account.confirmed_email) if account is not None else ()


def contact_changed(db: Session, changed: ContactChanged) -> None:
    """Check who changes a member's address, and notify a member whose name somebody else changed.

    Members are responsible for what is done in their name, so notices must reach them: only
    somebody who may give the member's rights may change the address. Raises BadgeNeedsManager.
    """
    member, actor, now = changed.member, changed.actor, changed.now
    if changed.old_email != member.email:
        check(db, member, actor=actor, now=now)
    if changed.old_name != member.display_name and actor.member_id != member.id:
        message = NameChangedMessage()
        for address in notice_addresses(db, member, now):
            write.to_member_at(
                db, member, address, message, site_id=member.site_id, key=uuid7(), now=now
            )


def check_merged(db: Session, merged: MemberMerged) -> None:
    """Check a merge of two records, whose badges then have the rights of both.

    For `OWN_PAGE_AFTER` the badges don't open the member's page. Raises BadgeNeedsManager.
    """
    kept, gone, actor, now = merged.kept, merged.gone, merged.actor, merged.now
    member_ids = (kept.id, gone.id)
    all_addresses = list(
        dict.fromkeys((*notice_addresses(db, kept, now), *notice_addresses(db, gone, now)))
    )
    for key in sorted(member_ids):
        lock(db, key)
    rows = db.scalars(select(CredentialRow).where(CredentialRow.member_id.in_(member_ids))).all()
    for record in (kept, gone):
        check(db, record, actor=actor, now=now)
    for row in rows:
        if row.own_page_from is not None:
            row.own_page_from = Utc.of(now + OWN_PAGE_AFTER)
        if row.member_id == gone.id:
            subject = f"member:{kept.id}"
            audit.record(
                db, actor, now, "credential_merged", subject, kept.site_id, credential=row.id
            )
            _notify(db, row, kept, all_addresses, HandoverReason.MERGED, now)


def _notify(
    db: Session,
    row: CredentialRow,
    member: MemberRow,
    recipients: list[str],
    reason: HandoverReason,
    now: Utc,
) -> None:
    message = BadgeMessage(how=reason, ending=row.masked[-4:])
    for number, address in enumerate(recipients):
        write.to_member_at(
            db,
            member,
            address,
            message,
            site_id=member.site_id,
            key=f"{row.id}/{reason}/{now.millis()}/{number}",
            now=now,
        )
