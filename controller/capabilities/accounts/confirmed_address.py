"""The confirmed e-mail address of an account: requested, confirmed by a mailed link, removed."""

from sqlalchemy.orm import Session

from controller.capabilities.accounts import mailed_links
from controller.capabilities.accounts.mailed_links import LinkOver, OverReason
from controller.capabilities.accounts.mailed_messages import (
    ADDRESS_LASTS,
    AddressChangedMessage,
    ConfirmAddressMessage,
)
from controller.capabilities.accounts.models import AccountRow, CodeKind, MailedLinkRow
from controller.capabilities.messages import write
from controller.capabilities.messages.stops import is_address
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid
from controller.kernel.rows import get_or_404
from controller.wire.ids import uuid7

_KINDS = (CodeKind.ADDRESS,)


def request(
    db: Session, email: str, *, web_secret: str, site_id: str, actor: Actor, now: Utc
) -> None:
    """Send a link that confirms this address for the actor's own account.

    Raises Invalid when it is not an e-mail address, NotFound when the actor has no account.
    """
    if not is_address(email):
        raise Invalid.of("email", "an e-mail address")
    row = _own_account(db, actor)
    ends = Utc.of(now + ADDRESS_LASTS)
    key = mailed_links.new(db, row, CodeKind.ADDRESS, email, ends, web_secret, now)
    message = ConfirmAddressMessage(login=row.login, expires_at=ends.text())
    write.to_address(db, email, message, language=row.language, site_id=site_id, key=key, now=now)


def pending_address(db: Session, secret: str, *, actor: Actor, now: Utc) -> str:
    """Return the address that a link confirms. Raises LinkOver, also for another account's link."""
    return _link(db, secret, actor, now).email


def confirm(db: Session, secret: str, *, site_id: str, actor: Actor, now: Utc) -> str:
    """Confirm the address of a link and return it; it becomes the account's address.

    Ends the account's other links, and sends a notice to the previous address. Raises LinkOver.
    """
    link = _link(db, secret, actor, now)
    mailed_links.spend(db, link, now)
    _change(db, link.email, site_id=site_id, actor=actor, now=now)
    return link.email


def remove(db: Session, *, site_id: str, actor: Actor, now: Utc) -> None:
    """Remove the confirmed address of the actor's own account, and end its open links."""
    if _own_account(db, actor).confirmed_email is not None:
        _change(db, None, site_id=site_id, actor=actor, now=now)
        mailed_links.forget(db, _own_account(db, actor).id)


def _change(db: Session, email: str | None, *, site_id: str, actor: Actor, now: Utc) -> None:
    row = _own_account(db, actor)
    old = mailed_links.address_of(row)
    row.confirmed_email = email
    db.flush()
    if old is not None and old != mailed_links.address_of(row):
        message = AddressChangedMessage(login=row.login)
        language, key = row.language, uuid7()
        write.to_address(db, old, message, language=language, site_id=site_id, key=key, now=now)
    audit.record(db, actor, now, "account_address_changed", f"account:{row.id}")


def _link(db: Session, secret: str, actor: Actor, now: Utc) -> MailedLinkRow:
    link = mailed_links.usable_link(db, secret, _KINDS, now)
    if link.account_id != actor.account_id:
        raise LinkOver(OverReason.OTHER)
    return link


def _own_account(db: Session, actor: Actor) -> AccountRow:
    return get_or_404(db, AccountRow, actor.account_id or "", "account")
