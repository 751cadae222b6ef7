"""Subscriptions to messages, and unsubscribing through a link without signing in."""

import hashlib
import hmac
import re
from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.messages.models import MessageOptIn, MessageStop
from controller.domain.time import Utc
from controller.kernel.shapes import EMAIL, EMAIL_LONGEST
from controller.store.upsert import insert_missing

_PURPOSE = b"loquet/1 stop messages"
_MAC_CHARS = 32
"""Length of the link's code: 128 bits in hex."""


def is_address(text: str) -> bool:
    """Return whether the text is an e-mail address."""
    return len(text) <= EMAIL_LONGEST and re.fullmatch(EMAIL, text) is not None


def digest(address: str) -> str:
    """Return the digest under which an address is stored."""
    return hashlib.sha256(address.casefold().encode()).hexdigest()


def link_code(secret: str, what: str, who: str) -> str:
    """Return the code that proves that an unsubscribe link was made here.

    `secret` is that of `[web]`.
    """
    text = f"{what}\n{who}".encode()
    key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    return hmac.digest(key, text, "sha256").hex()[:_MAC_CHARS]


def path(secret: str, what: str, address: str) -> str:
    """Return the path of the page for unsubscribing."""
    address_digest = digest(address)
    return f"/stop/{what}/{address_digest}/{link_code(secret, what, address_digest)}"


def is_valid_code(secret: str, what: str, who: str, code: str) -> bool:
    """Return whether this controller made the link."""
    return hmac.compare_digest(link_code(secret, what, who).encode(), code.encode())


def unsubscribe(db: Session, what: str, who: str, *, now: Utc) -> None:
    """Unsubscribe an address (`who`, its digest) from a kind; idempotent."""
    db.execute(delete(MessageOptIn).where(MessageOptIn.what == what, MessageOptIn.who == who))
    insert_missing(db, MessageStop, [{"what": what, "who": who, "at": now}])


def subscribe(db: Session, what: str, who: str, *, now: Utc) -> None:
    """Subscribe an address (`who`, its digest) to a kind; idempotent."""
    db.execute(delete(MessageStop).where(MessageStop.what == what, MessageStop.who == who))
    insert_missing(db, MessageOptIn, [{"what": what, "who": who, "at": now}])


def member_digest(member_id: str, address: str) -> str:
    """Return the digest for a subscription of one member, since several may share an address."""
    return digest(f"{member_id} {address}")


def subscribe_member(db: Session, what: str, member_id: str, address: str, *, now: Utc) -> None:
    """Subscribe a member to a kind about themselves, and undo the address's unsubscription.

    Idempotent.
    """
    of_address = (MessageStop.what == what, MessageStop.who == digest(address))
    db.execute(delete(MessageStop).where(*of_address))
    opt_in = {"what": what, "who": member_digest(member_id, address), "at": now}
    insert_missing(db, MessageOptIn, [opt_in])


def unsubscribe_member(db: Session, what: str, member_id: str, address: str) -> None:
    """Unsubscribe a member, but nobody else with their address; idempotent."""
    who = member_digest(member_id, address)
    db.execute(delete(MessageOptIn).where(MessageOptIn.what == what, MessageOptIn.who == who))


def subscriber_digests(db: Session, what: str) -> frozenset[str]:
    """Return the digests of the addresses or members that have subscribed to this kind."""
    return frozenset(db.scalars(select(MessageOptIn.who).where(MessageOptIn.what == what)))


def unsubscribed_digests(
    db: Session, kinds: Collection[str], digests: Collection[str]
) -> frozenset[str]:
    """Return which of these digests have unsubscribed from one of these kinds."""
    stops = select(MessageStop.who).where(MessageStop.what.in_(kinds), MessageStop.who.in_(digests))
    return frozenset(db.scalars(stops)) if digests else frozenset()


def is_unsubscribed(db: Session, what: str, who: str) -> bool:
    """Return whether an address has unsubscribed from this kind."""
    stops = select(MessageStop.at).where(MessageStop.what == what, MessageStop.who == who)
    return db.scalar(stops) is not None
