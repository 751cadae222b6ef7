"""Links by mail with which somebody sets a password: each once, and it says so when it is over."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, codes, steps
from controller.capabilities.accounts.digests import digest
from controller.capabilities.accounts.logins import login_identity
from controller.capabilities.accounts.mailed_messages import (
    INVITATION_LASTS,
    RESET_LASTS,
    InvitationMessage,
    ResetMessage,
)
from controller.capabilities.accounts.models import AccountRow, CodeKind, MailedLinkRow, StepKind
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import write
from controller.capabilities.messages.links import secret_of
from controller.capabilities.messages.stops import is_address
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import ServiceError
from controller.wire.ids import uuid7

REMEMBERED = timedelta(days=30)
"""For so long it is said of a link that it was used, or is too old."""


class Over(StrEnum):
    """Why a link does nothing."""

    USED = "used"
    OLD = "old"
    UNKNOWN = "unknown"


class LinkOver(ServiceError):
    """The link sets no password."""

    def __init__(self, why: Over) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


def ask(db: Session, login: str, *, web_secret: str, site_id: str, now: Utc) -> None:
    """Write a link to who has this login, if there is such an account and it has an address.

    Nothing tells the caller whether there is; each writes about as much.
    """
    row = _with_login(db, login)
    to = None if row is None else address_of(db, row)
    steps.begin(db, StepKind.RESET, row.id if row else None, now=now)
    if row is None or to is None or row.disabled_at is not None:
        return
    ends = Utc.of(now + RESET_LASTS)
    key = _new(db, row, CodeKind.RESET, ends, web_secret, now)
    message = ResetMessage(login=row.login, expires_at=ends.text())
    write.to_address(db, to, message, language=row.language, site_id=site_id, key=key, now=now)


def invite(db: Session, account_id: str, *, web_secret: str, site_id: str, now: Utc) -> str | None:
    """Write an invitation to an account; the address, or None where it has none."""
    row = db.get_one(AccountRow, account_id)
    to = address_of(db, row)
    if to is None:
        return None
    ends = Utc.of(now + INVITATION_LASTS)
    key = _new(db, row, CodeKind.INVITATION, ends, web_secret, now)
    message = InvitationMessage(login=row.login, expires_at=ends.text())
    write.to_address(db, to, message, language=row.language, site_id=site_id, key=key, now=now)
    return to


def address_of(db: Session, row: AccountRow) -> str | None:
    """Where an account can be written to: its login, else its member's address."""
    if is_address(row.login):
        return row.login
    member = db.get(MemberRow, row.member_id) if row.member_id else None
    found = member.email if member else None
    return found if found and is_address(found) else None


def look(db: Session, secret: str, *, now: Utc) -> tuple[str, bool]:
    """The login whose password the link sets, and whether it is an invitation. Raises LinkOver."""
    link = _open(db, secret, now)
    row = db.get_one(AccountRow, link.account_id)
    return row.login, link.kind is CodeKind.INVITATION


def use(db: Session, secret: str, password: str, *, now: Utc) -> str:
    """Set the password, once; the account's id.

    Other links of the account and its sign-ins end; its second factor stays. Raises LinkOver,
    Invalid.
    """
    link = _open(db, secret, now)
    mine = MailedLinkRow.account_id == link.account_id
    spent = update(MailedLinkRow).where(mine, MailedLinkRow.used_at.is_(None))
    taken = db.scalars(spent.values(used_at=now).returning(MailedLinkRow.hash)).all()
    if link.hash not in taken:
        raise LinkOver(Over.USED)
    actor = Actor(ref=f"account:{link.account_id}", account_id=link.account_id)
    audit.record(db, actor, now, "mailed_link_used", f"account:{link.account_id}")
    accounts.set_password(db, link.account_id, password, actor=actor, now=now)
    codes.forget(db, link.account_id, (CodeKind.INVITATION, CodeKind.RESET))
    return link.account_id


def forget(db: Session, account_id: str) -> None:
    """No link of this account does anything any more."""
    db.execute(delete(MailedLinkRow).where(MailedLinkRow.account_id == account_id))


def _open(db: Session, secret: str, now: Utc) -> MailedLinkRow:
    row = db.get(MailedLinkRow, digest(secret))
    if row is None:
        raise LinkOver(Over.UNKNOWN)
    if row.used_at is not None:
        raise LinkOver(Over.USED)
    account = db.get_one(AccountRow, row.account_id)
    if row.expires_at <= now or account.disabled_at is not None:
        raise LinkOver(Over.OLD)
    return row


def _new(db: Session, row: AccountRow, kind: CodeKind, ends: Utc, web_secret: str, now: Utc) -> str:
    """A link; the key of its message, from which alone its secret is made again."""
    db.execute(delete(MailedLinkRow).where(MailedLinkRow.expires_at < now - REMEMBERED))
    key = uuid7()
    db.add(
        MailedLinkRow(
            hash=digest(secret_of(web_secret, key)),
            account_id=row.id,
            kind=kind,
            created_at=now,
            expires_at=ends,
            used_at=None,
        )
    )
    db.flush()
    return key


def _with_login(db: Session, login: str) -> AccountRow | None:
    folded = login_identity(login)
    if "\0" in folded or not folded:
        return None
    return db.scalars(select(AccountRow).where(AccountRow.login == folded)).one_or_none()
