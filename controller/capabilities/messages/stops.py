"""Subscriptions to messages, and unsubscribing through a link without signing in."""

import hashlib
import hmac
import re

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.messages.models import MessageStop, MessageWanted
from controller.domain.time import Utc
from controller.kernel.shapes import EMAIL, EMAIL_LONGEST
from controller.store.upsert import insert_missing

_PURPOSE = b"loquet/1 stop messages"
_MAC_CHARS = 32
"""128 bits, in hex."""


def is_address(text: str) -> bool:
    """Whether one can write to it."""
    return len(text) <= EMAIL_LONGEST and re.fullmatch(EMAIL, text) is not None


def digest(address: str) -> str:
    """The digest under which an address is stored."""
    return hashlib.sha256(address.casefold().encode()).hexdigest()


def mac(secret: str, what: str, who: str) -> str:
    """Proves that the link was made here; `secret` is that of `[web]`."""
    text = f"{what}\n{who}".encode()
    key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    return hmac.digest(key, text, "sha256").hex()[:_MAC_CHARS]


def path(secret: str, what: str, address: str) -> str:
    """Of the page at which one stops them."""
    who = digest(address)
    return f"/stop/{what}/{who}/{mac(secret, what, who)}"


def is_ours(secret: str, what: str, who: str, given: str) -> bool:
    """Whether that link was made here."""
    return hmac.compare_digest(mac(secret, what, who).encode(), given.encode())


def stop(db: Session, what: str, who: str, *, now: Utc) -> None:
    """No more of these. Doing it again changes nothing."""
    db.execute(delete(MessageWanted).where(MessageWanted.what == what, MessageWanted.who == who))
    insert_missing(db, MessageStop, [{"what": what, "who": who, "at": now}])


def want(db: Session, what: str, who: str, *, now: Utc) -> None:
    """These, or these again. Doing it again changes nothing."""
    db.execute(delete(MessageStop).where(MessageStop.what == what, MessageStop.who == who))
    insert_missing(db, MessageWanted, [{"what": what, "who": who, "at": now}])


def subscriber_digests(db: Session, what: str) -> frozenset[str]:
    """The digests of who has asked for these."""
    return frozenset(db.scalars(select(MessageWanted.who).where(MessageWanted.what == what)))


def is_stopped(db: Session, what: str, who: str) -> bool:
    """Whether somebody wants no more of these."""
    mine = select(MessageStop.at).where(MessageStop.what == what, MessageStop.who == who)
    return db.scalar(mine) is not None
