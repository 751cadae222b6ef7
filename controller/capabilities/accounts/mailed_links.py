"""Links by mail that set a password or confirm an address: each works once."""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, codes
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
MOST_OPEN = 5
"""Links of one account to a new password that work at the same time."""
LINK_RETENTION = timedelta(days=30)
"""How long a used or expired link is remembered, to explain why it does nothing."""


class OverReason(StrEnum):
    """Why a link no longer works."""

    USED = "used"
    OLD = "old"
    UNKNOWN = "unknown"
    OTHER = "other"
    """Of another account than the one that is signed in."""


class LinkOver(ServiceError):
    """The link does nothing."""

    def __init__(self, why: OverReason) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


def ask(db: Session, login: str, *, web_secret: str, site_id: str, now: Utc) -> None:
    """Write a link to who has this login, if there is such an account and it has an address.

    Not where the pages wait for it (`reset_requests`): it takes longer when there is. An account
    that has five links which still work is written no more: whoever asks fills no mailbox.
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
    """Write an invitation to the address that the inviter typed. Raises Invalid when it is none."""
    if not is_address(to):
        raise Invalid.of("email", "an e-mail address")
    row = db.get_one(AccountRow, account_id)
    ends = Utc.of(now + INVITATION_LASTS)
    key = new(db, row, CodeKind.INVITATION, to, ends, web_secret, now)
    message = InvitationMessage(login=row.login, expires_at=ends.text())
    write.to_address(db, to, message, language=row.language, site_id=site_id, key=key, now=now)


def address_of(row: AccountRow) -> str | None:
    """Where an account can be written to: what its owner has confirmed, else its login.

    Never the address of its member, which others may change.
    """
    return row.confirmed_email or (row.login if is_address(row.login) else None)


def look(db: Session, secret: str, *, now: Utc) -> tuple[str, bool]:
    """The login whose password the link sets, and whether it is an invitation. Raises LinkOver."""
    link = usable_link(db, secret, _FOR_PASSWORD, now)
    row = db.get_one(AccountRow, link.account_id)
    return row.login, link.kind is CodeKind.INVITATION


def use(db: Session, secret: str, password: str, *, now: Utc) -> str:
    """Set the password, once; the account's id.

    Other links of the account and its sign-ins end; its second factor stays. Whoever opens an
    invitation has confirmed the address where it was sent. Raises LinkOver, Invalid.
    """
    link = usable_link(db, secret, _FOR_PASSWORD, now)
    spend(db, link, now)
    row = db.get_one(AccountRow, link.account_id)
    if link.kind is CodeKind.INVITATION and link.email != row.login:
        row.confirmed_email = link.email
    actor = Actor(ref=f"account:{link.account_id}", account_id=link.account_id)
    audit.record(db, actor, now, "mailed_link_used", f"account:{link.account_id}")
    accounts.set_password(db, link.account_id, password, actor=actor, now=now)
    codes.forget(db, link.account_id, _FOR_PASSWORD)
    return link.account_id


def forget(db: Session, account_id: str) -> None:
    """No link of this account does anything any more."""
    db.execute(delete(MailedLinkRow).where(MailedLinkRow.account_id == account_id))


def spend(db: Session, link: MailedLinkRow, now: Utc) -> None:
    """It is used now, and so are all other links of the account. Raises LinkOver."""
    mine = MailedLinkRow.account_id == link.account_id
    spent = update(MailedLinkRow).where(mine, MailedLinkRow.used_at.is_(None))
    taken = db.scalars(spent.values(used_at=now).returning(MailedLinkRow.hash)).all()
    if link.hash not in taken:
        raise LinkOver(OverReason.USED)


def usable_link(db: Session, secret: str, kinds: Collection[CodeKind], now: Utc) -> MailedLinkRow:
    """The link of one of these kinds that can still be used. Raises LinkOver."""
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
    """A link; the key of its message, from which alone its secret is made again."""
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
    works = (MailedLinkRow.expires_at > now, MailedLinkRow.used_at.is_(None))
    mine = (MailedLinkRow.account_id == row.id, MailedLinkRow.kind == CodeKind.RESET)
    count = select(func.count()).select_from(MailedLinkRow).where(*mine, *works)
    return (db.scalar(count) or 0) >= MOST_OPEN


def _with_login(db: Session, login: str) -> AccountRow | None:
    folded = login_identity(login)
    if "\0" in folded or not folded:
        return None
    return db.scalars(select(AccountRow).where(AccountRow.login == folded)).one_or_none()
