"""Which kinds of messages a site sends: all but those that it has turned off."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.messages.models import DisabledMessageKind
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import NotFound
from controller.kernel.message import Message
from controller.store.upsert import insert_missing


def is_on(db: Session, kind: type[Message], site_id: str) -> bool:
    """Return whether the site has not turned this kind off."""
    return not kind.SITE_CHOOSES or db.get(DisabledMessageKind, (site_id, kind.WHAT)) is None


def mail_is_on(db: Session) -> bool:
    """Return whether a mail server is configured."""
    is_configured: bool = db.info.get("mail_is_on", False)
    return is_configured


def is_written(db: Session, kind: type[Message], site_id: str) -> bool:
    """Return whether messages of this kind are written for the site.

    Without a mail server, only kinds that sites can't turn off are written.
    """
    return not kind.SITE_CHOOSES or (mail_is_on(db) and is_on(db, kind, site_id))


def disabled_kinds(db: Session, site_id: str) -> frozenset[str]:
    """Return the kinds that the site has turned off."""
    return frozenset(
        db.scalars(select(DisabledMessageKind.what).where(DisabledMessageKind.site_id == site_id))
    )


def choose(
    db: Session, site_id: str, what: str, *, is_on: bool, actor: Actor, now: Utc
) -> type[Message]:
    """Turn a kind of message on or off at a site, and return the kind; idempotent.

    Raises Forbidden, and NotFound for a kind that sites can't turn off.
    """
    actor.require(MANAGE_MESSAGES, site_id)
    kind = db.info["house"].messages.kind(what)
    if kind is None or not kind.SITE_CHOOSES:
        raise NotFound("message", what)
    row = {"site_id": site_id, "what": what}
    if is_on:
        db.execute(delete(DisabledMessageKind).filter_by(**row))
    else:
        insert_missing(db, DisabledMessageKind, [row])
    action = "messages_turned_on" if is_on else "messages_turned_off"
    audit.record(db, actor, now, action, f"site:{site_id}", site_id, what=what)
    db.flush()
    kind_class: type[Message] = kind
    return kind_class
