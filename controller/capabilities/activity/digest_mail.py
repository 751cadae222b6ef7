"""The daily e-mail with the activity list, for those who asked for it."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.mailed_links import address_of
from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.activity.messages import DigestMessage
from controller.capabilities.activity.rows import list_activity
from controller.capabilities.messages import stops, write
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict

_DAY = timedelta(days=1)


def address(db: Session, *, actor: Actor) -> str | None:
    """Return the address for the actor's digest, or None."""
    row = db.get(AccountRow, actor.account_id or "")
    return address_of(row) if row else None


def is_wanted(db: Session, to: str) -> bool:
    """Return whether that address gets the digest."""
    return stops.digest(to) in stops.subscriber_digests(db, DigestMessage.WHAT)


def choose(db: Session, site_id: str, *, wanted: bool, actor: Actor, now: Utc) -> None:
    """Subscribe to the digest, or unsubscribe.

    Raises Forbidden, and Conflict without an address.
    """
    actor.require(Permission.EVENTS_READ, site_id)
    to = address(db, actor=actor)
    if to is None:
        raise Conflict("this account has no address")
    (stops.subscribe if wanted else stops.unsubscribe)(
        db, DigestMessage.WHAT, stops.digest(to), now=now
    )


def write_all(db: Session, site_id: str, due_at: Utc, *, now: Utc) -> None:
    """Send the morning's e-mail to everybody who wants it and has unseen rows."""
    since = Utc.of(due_at - _DAY)
    for row, to in _readers(db, site_id):
        activity = list_activity(db, site_id, since, actor=actor_of(db, row), now=now)
        if not activity.open:
            continue
        message = DigestMessage(site=site_id, account=row.id, since=since.text(), due=due_at.text())
        key = f"{site_id}/{row.id}/{due_at.text()}"
        write.to_address(db, to, message, language=row.language, site_id=site_id, key=key, now=now)


def _readers(db: Session, site_id: str) -> Iterator[tuple[AccountRow, str]]:
    subscribers = stops.subscriber_digests(db, DigestMessage.WHAT)
    roles = select(AccountRole.account_id).where(
        AccountRole.site_id == site_id, AccountRole.role.in_(Permission.EVENTS_READ.roles)
    )
    accounts = select(AccountRow).where(AccountRow.id.in_(roles), AccountRow.disabled_at.is_(None))
    for row in db.scalars(accounts.order_by(AccountRow.id)).all() if subscribers else ():
        to = address_of(row)
        if to is not None and stops.digest(to) in subscribers:
            yield row, to
