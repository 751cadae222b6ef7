"""The targets of a site's alarms: added with an address that is encrypted, paused, removed."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.capabilities.messages.stops import is_address
from controller.domain.time import Utc
from controller.integrations.chat.models import ChatDelivery, ChatTarget
from controller.integrations.chat.notifiers import NoTarget, service_of
from controller.integrations.chat.shapes import NewTarget, Target
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.crypto import Sealer
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape
from controller.kernel.rows import visible
from controller.wire.ids import uuid7

PURPOSE = "loquet/1 chat targets"
"""Context for deriving the encryption key of addresses."""
MAIL = "mail"
MAX_TARGETS = 30
"""Limit of targets per site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSummary:
    """Counts of a site's targets, without paused ones."""

    count: int
    failing: int
    """How many targets failed at the last try."""


def sealer(secret: str) -> Sealer:
    """Return the encryption for addresses in the database; `secret` is that of `[web]`."""
    return Sealer(secret.encode(), PURPOSE)


def add(
    db: Session,
    site_id: str,
    new: NewTarget,
    *,
    seals: Sealer,
    allow_private: bool,
    actor: Actor,
    now: Utc,
) -> str:
    """Add a target and return its id. Raises Invalid, Forbidden."""
    actor.require(MANAGE_MESSAGES, site_id)
    service = _service(new.url, allow_private)  # before anything is locked: slow the first time
    if _count(db, site_id) >= MAX_TARGETS:
        raise Invalid.of("url", f"at most {MAX_TARGETS} targets")
    key = uuid7()
    row = ChatTarget(
        id=key,
        site_id=site_id,
        name=new.name,
        service=service,
        sealed=seals.seal(new.url.encode(), key),
        only_grave=new.only_grave,
        failures=0,
        created_by=actor.ref,
        created_at=now,
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, now, "chat_target_added", f"chat:{row.id}", site_id)
    return row.id


def of_site(db: Session, site_id: str, *, actor: Actor) -> list[Target]:
    """Return a site's targets. Raises Forbidden."""
    actor.require(MANAGE_MESSAGES, site_id)
    waits = (
        select(ChatDelivery.target_id, func.count())
        .where(ChatDelivery.site_id == site_id, ChatDelivery.due_at.is_not(None))
        .group_by(ChatDelivery.target_id)
    )
    waiting = {key: count for key, count in db.execute(waits)}  # noqa: C416  no pairs to mypy
    rows = db.scalars(
        select(ChatTarget).where(ChatTarget.site_id == site_id).order_by(ChatTarget.id)
    )
    return [to_shape(row, Target, waiting=waiting.get(row.id, 0)) for row in rows]


def summarise_targets(db: Session, site_id: str) -> TargetSummary:
    """Count a site's targets, and those that fail."""
    active = ChatTarget.site_id == site_id, ChatTarget.paused_at.is_(None)
    failing = select(func.count()).where(*active, ChatTarget.failures > 0)
    count = db.scalar(select(func.count()).where(*active)) or 0
    return TargetSummary(count=count, failing=db.scalar(failing) or 0)


def address(db: Session, target_id: str, *, seals: Sealer, actor: Actor) -> tuple[str, str]:
    """Return service and address of a target, to test it. Raises NotFound."""
    row = visible(db, ChatTarget, target_id, "chat target", actor, MANAGE_MESSAGES)
    return row.service, seals.open(row.sealed, row.id).decode()


def pause(db: Session, target_id: str, *, paused: bool, actor: Actor, now: Utc) -> None:
    """Pause or resume a target; alarms of the pause are not sent later. Raises NotFound."""
    row = visible(db, ChatTarget, target_id, "chat target", actor, MANAGE_MESSAGES)
    row.paused_at = (row.paused_at or now) if paused else None
    db.execute(delete(ChatDelivery).where(ChatDelivery.target_id == row.id))
    db.flush()


def remove(db: Session, target_id: str, *, actor: Actor, now: Utc) -> None:
    """Remove a target and its pending alarms. Raises NotFound."""
    row = visible(db, ChatTarget, target_id, "chat target", actor, MANAGE_MESSAGES)
    db.execute(delete(ChatDelivery).where(ChatDelivery.target_id == row.id))
    audit.record(db, actor, now, "chat_target_removed", f"chat:{row.id}", row.site_id)
    db.delete(row)
    db.flush()


def record_try(db: Session, target_id: str, error: str | None, *, now: Utc) -> None:
    """Store the outcome of a try with the target; `error` is the message, None on success."""
    row = db.get(ChatTarget, target_id)
    if row is None:
        return
    row.said = error
    if error is None:
        row.told_at, row.failures = now, 0
    else:
        row.failures += 1


def _service(url: str, allow_private: bool) -> str:
    if url.startswith("mailto:") and is_address(url.removeprefix("mailto:")):
        return MAIL
    try:
        return service_of(url, allow_private=allow_private)
    except NoTarget as problem:
        raise Invalid.of("url", str(problem)) from problem


def _count(db: Session, site_id: str) -> int:
    query = select(func.count()).select_from(ChatTarget).where(ChatTarget.site_id == site_id)
    return db.scalar(query) or 0
