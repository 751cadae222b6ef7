"""Mailed links that set a password or confirm an address; each works once."""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.digests import digest
from controller.capabilities.accounts.mailed_messages import (
    INVITATION_LASTS,
    RESET_LASTS,
    InvitationMessage,
    ResetMessage,
)
from controller.capabilities.accounts.models import AccountRow, CodeKind, MailedLinkRow
from controller.capabilities.accounts.sign_ins import login_identity
from controller.capabilities.messages import write
from controller.capabilities.messages.queue import secret_of
from controller.capabilities.messages.stops import is_address
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid, ServiceError
from controller.wire.ids import uuid7

_FOR_PASSWORD = (CodeKind.INVITATION, CodeKind.RESET)
MAX_OPEN = 5
"""Maximum number of usable password links of an account at a time."""
LINK_RETENTION = timedelta(days=30)
"""How long a used or expired link is stored, so that the page can explain why it does not work."""


class OverReason(StrEnum):
    """Why a link no longer works."""

    USED = "used"
    OLD = "old"
    UNKNOWN = "unknown"
    OTHER = "other"
    """The link belongs to another account than the signed-in one."""


class LinkOver(ServiceError):
    """Raised for an unusable link, with the reason."""

    def __init__(self, why: OverReason) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


def send_reset_link(db: Session, login: str, *, web_secret: str, site_id: str, now: Utc) -> None:
    """Send a link for a new password, if an account with this login exists and has an address.

    Call it only from a job (see `reset_requests`), since its duration reveals whether the account
    exists. Does nothing beyond `MAX_OPEN` usable links, so that nobody can flood a mailbox.
    """
    row = _with_login(db, login)
    to = None if row is None else address_of(row)
    if row is None or to is None or row.disabled_at is not None or _has_many(db, row, now):
        return
    ends = Utc.of(now + RESET_LASTS)
    key = new(db, row, CodeKind.RESET, to, ends, web_secret, now)
    message = ResetMessage(login=row.login, expires_at=ends.text())
    write.to_address(db, to, message, language=row.language, site_id=site_id, key=key, now=now)


def invite(
    db: Session, account_id: str, to: str, *, web_secret: str, site_id: str, now: Utc
) -> None:
    """Send an invitation to the typed address. Raises Invalid if it is not an e-mail address."""
    if not is_address(to):
        raise Invalid.of("email", "an e-mail address")
    row = db.get_one(AccountRow, account_id)
    ends = Utc.of(now + INVITATION_LASTS)
    key = new(db, row, CodeKind.INVITATION, to, ends, web_secret, now)
    message = InvitationMessage(login=row.login, expires_at=ends.text())
    write.to_address(db, to, message, language=row.language, site_id=site_id, key=key, now=now)


def address_of(row: AccountRow) -> str | None:
    """Return the account's e-mail address: the confirmed one, else its login if that is one.

    Not the member's address, since others may change it.
    """
    return row.confirmed_email or (row.login if is_address(row.login) else None)


def login_of_link(db: Session, secret: str, *, now: Utc) -> tuple[str, bool]:
    """Return the link's login, and whether the link is an invitation. Raises LinkOver."""
    link = usable_link(db, secret, _FOR_PASSWORD, now)
    row = db.get_one(AccountRow, link.account_id)
    return row.login, link.kind is CodeKind.INVITATION


def set_password(db: Session, secret: str, password: str, *, now: Utc) -> str:
    """Set the password with a link, and return the account's id.

    Ends the account's other links and its sign-ins; its second factor stays. An invitation also
    confirms the address to which it was sent. Raises LinkOver, Invalid.
    """
    link = usable_link(db, secret, _FOR_PASSWORD, now)
    spend(db, link, now)
    row = db.get_one(AccountRow, link.account_id)
    if link.kind is CodeKind.INVITATION and link.email != row.login:
        row.confirmed_email = link.email
    actor = Actor(ref=f"account:{link.account_id}", account_id=link.account_id)
    audit.record(db, actor, now, "mailed_link_used", f"account:{link.account_id}")
    accounts.set_password(db, link.account_id, password, actor=actor, now=now)
    return link.account_id


def forget(db: Session, account_id: str) -> None:
    """Delete all links of the account."""
    db.execute(delete(MailedLinkRow).where(MailedLinkRow.account_id == account_id))


def spend(db: Session, link: MailedLinkRow, now: Utc) -> None:
    """Mark the link and the account's other links as used. Raises LinkOver if it was used."""
    of_account = MailedLinkRow.account_id == link.account_id
    marking = update(MailedLinkRow).where(of_account, MailedLinkRow.used_at.is_(None))
    hashes = db.scalars(marking.values(used_at=now).returning(MailedLinkRow.hash)).all()
    if link.hash not in hashes:
        raise LinkOver(OverReason.USED)


def usable_link(db: Session, secret: str, kinds: Collection[CodeKind], now: Utc) -> MailedLinkRow:
    """Return the usable link with this secret, of one of these kinds. Raises LinkOver."""
    row = db.get(MailedLinkRow, digest(secret))
    if row is None or row.kind not in kinds:
        raise LinkOver(OverReason.UNKNOWN)
    if row.used_at is not None:
        raise LinkOver(OverReason.USED)
    account = db.get_one(AccountRow, row.account_id)
    if row.expires_at <= now or account.disabled_at is not None:
        raise LinkOver(OverReason.OLD)
    return row


def new(
    db: Session, row: AccountRow, kind: CodeKind, email: str, ends: Utc, web_secret: str, now: Utc
) -> str:
    """Store a new link; return the key of its message, from which the secret is derived."""
    db.execute(delete(MailedLinkRow).where(MailedLinkRow.expires_at < now - LINK_RETENTION))
    key = uuid7()
    db.add(
        MailedLinkRow(
            hash=digest(secret_of(web_secret, key)),
            account_id=row.id,
            kind=kind,
            email=email,
            created_at=now,
            expires_at=ends,
            used_at=None,
        )
    )
    db.flush()
    return key


def _has_many(db: Session, row: AccountRow, now: Utc) -> bool:
    is_usable = (MailedLinkRow.expires_at > now, MailedLinkRow.used_at.is_(None))
    of_account = (MailedLinkRow.account_id == row.id, MailedLinkRow.kind == CodeKind.RESET)
    count = select(func.count()).select_from(MailedLinkRow).where(*of_account, *is_usable)
    return (db.scalar(count) or 0) >= MAX_OPEN


def _with_login(db: Session, login: str) -> AccountRow | None:
    folded = login_identity(login)
    if "\0" in folded or not folded:
        return None
    return db.scalars(select(AccountRow).where(AccountRow.login == folded)).one_or_none()
