"""Webhooks: created with a key that is shown once, changed, rotated; and their deliveries."""

from datetime import timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.integrations.webhooks import target
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.integrations.webhooks.shapes import (
    Delivery,
    NewWebhook,
    Webhook,
    WebhookFields,
    WebhookMade,
)
from controller.integrations.webhooks.signature import new_key, secret_of
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.crypto import Sealer
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.open_internet import NotAllowed
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, require_version, resolve_site, visible
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

# The permission of this feature, and the roles that have it.

MANAGE_WEBHOOKS = Permission("webhooks", (Role.MANAGER,))
"""Let other programs be notified of changes."""

ROTATION = timedelta(hours=24)
"""For how long messages are also signed with the previous key."""
PURPOSE = "loquet/1 webhook keys"
MAX_ENABLED = 50
"""Enabled webhooks per site at most, since each is a row for every change."""


def create(
    db: Session, new: NewWebhook, *, seal: Sealer, allow_private: bool, actor: Actor, now: Utc
) -> WebhookMade:
    """Create a webhook, with a key of its own. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, MANAGE_WEBHOOKS, new.site_id)
    _check(db, new, allow_private)
    if new.enabled:
        _check_limit(db, site_id)
    row = WebhookRow(
        id=uuid7(), site_id=site_id, key=b"", old_key=None, old_until=None, created_by=actor.ref
    )
    row.created_at = now
    _apply(row, new, now)
    key = new_key()
    row.key = seal.seal(key, row.id)
    db.add(row)
    audit.record(db, actor, now, "webhook_created", f"webhook:{row.id}", site_id)
    db.flush()
    return _with_secret(row, key)


def get(db: Session, webhook_id: str, *, actor: Actor) -> Webhook:
    """Return a webhook. Raises NotFound."""
    return _shape(_visible(db, webhook_id, actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Webhook]:
    """Return a page of the webhooks of the actor's sites."""
    query = select(WebhookRow).where(at_sites(WebhookRow.site_id, actor.sites(MANAGE_WEBHOOKS)))
    return paged(db, query, WebhookRow.id, cursor, lambda rows: [_shape(row) for row in rows])


def change(
    db: Session,
    webhook_id: str,
    patch: object,
    *,
    version: int | None,
    allow_private: bool,
    actor: Actor,
    now: Utc,
) -> Webhook:
    """Apply a merge patch. Raises Invalid, Stale, NotFound."""
    row = _visible(db, webhook_id, actor)
    require_version(row, version)
    new = merge(_shape(row), patch, WebhookFields)
    _check(db, new, allow_private or not new.enabled)  # disabling is never refused for the address
    if new.enabled and row.disabled_at is not None:
        _check_limit(db, row.site_id)
    _apply(row, new, now)
    audit.record(db, actor, now, "webhook_changed", f"webhook:{row.id}", row.site_id)
    db.flush()
    return _shape(row)


def rotate(db: Session, webhook_id: str, *, seal: Sealer, actor: Actor, now: Utc) -> WebhookMade:
    """Set a new key; messages are also signed with the previous one for a day. Raises NotFound."""
    row = _visible(db, webhook_id, actor)
    key = new_key()
    row.old_key, row.old_until = row.key, Utc.of(now + ROTATION)
    row.key = seal.seal(key, row.id)
    audit.record(db, actor, now, "webhook_key_rotated", f"webhook:{row.id}", row.site_id)
    db.flush()
    return _with_secret(row, key)


def deliveries(
    db: Session, webhook_id: str, *, actor: Actor, cursor: Cursor = FIRST
) -> Page[Delivery]:
    """Return a page of the webhook's deliveries, oldest first. Raises NotFound."""
    row = _visible(db, webhook_id, actor)
    query = select(DeliveryRow).where(DeliveryRow.webhook_id == row.id)
    return paged(db, query, DeliveryRow.id, cursor, lambda rows: [_delivery(row) for row in rows])


def latest_deliveries(
    db: Session, webhook_id: str, *, actor: Actor, cursor: Cursor = FIRST
) -> Page[Delivery]:
    """Return a page of the webhook's deliveries, newest first. Raises NotFound."""
    row = _visible(db, webhook_id, actor)
    query = select(DeliveryRow).where(DeliveryRow.webhook_id == row.id)
    if cursor.after is not None:
        query = query.where(DeliveryRow.id < cursor.after)
    rows = db.scalars(query.order_by(DeliveryRow.id.desc()).limit(cursor.limit + 1)).all()
    items = [_delivery(delivery) for delivery in rows[: cursor.limit]]
    return Page(items=items, next=items[-1].id if len(rows) > cursor.limit else None)


def resend(db: Session, webhook_id: str, delivery_id: str, *, actor: Actor, now: Utc) -> Delivery:
    """Send a delivery again now, under the same id. Raises NotFound; Conflict while disabled."""
    row = _visible(db, webhook_id, actor)
    delivery = db.get(DeliveryRow, delivery_id)
    if delivery is None or delivery.webhook_id != row.id:
        raise NotFound("delivery", delivery_id)
    if row.disabled_at is not None:
        raise Conflict("this webhook is disabled: enable it first")
    delivery.attempts, delivery.due_at, delivery.delivered_at = 0, now, None
    db.flush()
    return _delivery(delivery)


def _check(db: Session, new: WebhookFields, allow_private: bool) -> None:
    types = db.info["house"].kinds.words
    if unknown := sorted(set(new.types) - types):
        raise Invalid.of("types", f"no such type: {', '.join(unknown)}; {_known_types_text(types)}")
    try:
        # the name is resolved and checked at each try
        target.check(new.url, allow_private=allow_private)
    except (NotAllowed, ValueError) as problem:
        raise Invalid.of("url", str(problem)) from problem


def _check_limit(db: Session, site_id: str) -> None:
    enabled = WebhookRow.site_id == site_id, WebhookRow.disabled_at.is_(None)
    if (db.scalar(select(func.count()).where(*enabled)) or 0) >= MAX_ENABLED:
        raise Invalid.of("url", f"at most {MAX_ENABLED} webhooks can be enabled")


def _known_types_text(types: frozenset[str]) -> str:
    return f"there are {', '.join(sorted(types))}"


def _apply(row: WebhookRow, new: WebhookFields, now: Utc) -> None:
    row.url, row.types = new.url, list(new.types)
    if new.enabled:
        row.disabled_at = row.disabled_why = None
    elif row.disabled_at is None:
        row.disabled_at, row.disabled_why = now, "by_hand"


def _visible(db: Session, key: str, actor: Actor) -> WebhookRow:
    return visible(db, WebhookRow, key, "webhook", actor, MANAGE_WEBHOOKS)


def _with_secret(row: WebhookRow, key: bytes) -> WebhookMade:
    return WebhookMade(**msgspec.structs.asdict(_shape(row)), secret=secret_of(key))


def _shape(row: WebhookRow) -> Webhook:
    return to_shape(row, Webhook, enabled=row.disabled_at is None)


def _delivery(row: DeliveryRow) -> Delivery:
    return to_shape(row, Delivery)
