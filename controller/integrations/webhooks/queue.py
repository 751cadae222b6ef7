"""The queue of news for webhooks, and the deliveries that are due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.kernel.crypto import SealBroken, Sealer
from controller.kernel.news import PostedNews
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

LEASE = timedelta(seconds=60)
"""For how long a delivery is reserved; if the process stops, another one tries it after this."""
BATCH_SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery that is reserved for this process."""

    id: str
    webhook: str
    url: str
    type: str
    at: Utc
    site: str
    key: str
    keys: tuple[bytes, ...] = field(repr=False)


def is_wanted(db: Session, news: Sequence[PostedNews]) -> bool:
    """Return whether `enqueue` would queue anything."""
    return any(True for _ in _matching_hooks(db, news))


def enqueue(db: Session, news: Sequence[PostedNews], now: Utc) -> None:
    """Queue a delivery for each webhook of the site that wants the news. Idempotent."""
    insert_missing(
        db,
        DeliveryRow,
        [_row(hook, news_item, now) for hook, news_item in _matching_hooks(db, news)],
    )


def _matching_hooks(
    db: Session, news: Sequence[PostedNews]
) -> Iterator[tuple[WebhookRow, PostedNews]]:
    sites = {news_item.site for news_item in news}
    hooks = db.scalars(
        select(WebhookRow).where(WebhookRow.site_id.in_(sites), WebhookRow.disabled_at.is_(None))
    ).all()
    for news_item in news:
        for hook in hooks:
            if hook.site_id == news_item.site and (not hook.types or news_item.what in hook.types):
                yield hook, news_item


def is_due(db: Session, busy: frozenset[str], now: Utc) -> bool:
    """Return whether `take_due` would return anything."""
    has_due = exists().where(DeliveryRow.webhook_id == WebhookRow.id, DeliveryRow.due_at <= now)
    query = select(WebhookRow.id).where(WebhookRow.id.not_in(busy), has_due)
    return db.scalar(query.limit(1)) is not None


def take_due(db: Session, seal: Sealer, busy: frozenset[str], now: Utc) -> list[DueDelivery]:
    """Reserve and return the oldest due delivery of each webhook that is not `busy`."""
    first = (
        select(DeliveryRow.id)
        .where(DeliveryRow.webhook_id == WebhookRow.id, DeliveryRow.due_at <= now)
        .order_by(DeliveryRow.due_at, DeliveryRow.id)
        .limit(1)
        .scalar_subquery()
    )
    firsts = select(first).where(WebhookRow.id.not_in(busy), first.is_not(None)).limit(BATCH_SIZE)
    ids = db.scalars(firsts).all()
    rows = db.execute(
        select(DeliveryRow, WebhookRow)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
        .where(DeliveryRow.id.in_(ids), DeliveryRow.due_at <= now)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    ).all()
    return [delivery for row, hook in rows if (delivery := _take(row, hook, seal, now))]


def _take(row: DeliveryRow, hook: WebhookRow, seal: Sealer, now: Utc) -> DueDelivery | None:
    if hook.disabled_at is not None:
        row.due_at, row.error = None, "the webhook was disabled"
        return None
    sealed = [hook.key]
    if hook.old_key is not None and hook.old_until is not None and now < hook.old_until:
        sealed.append(hook.old_key)
    try:
        keys = tuple(seal.open(key, hook.id) for key in sealed)
    except SealBroken:
        row.due_at, row.error = None, "the key can't be read: rotate it"
        return None
    row.attempts, row.due_at = row.attempts + 1, Utc.of(now + LEASE)
    row.status = row.error = None
    return DueDelivery(
        id=row.id,
        webhook=hook.id,
        url=hook.url,
        type=row.type,
        at=row.at,
        site=row.site_id,
        key=row.key,
        keys=keys,
    )


def _row(hook: WebhookRow, news_item: PostedNews, now: Utc) -> dict[str, object]:
    return {
        "id": uuid7(),
        "webhook_id": hook.id,
        "site_id": news_item.site,
        "position": news_item.position,
        "type": news_item.what,
        "key": news_item.key,
        "at": news_item.at,
        "attempts": 0,
        "due_at": now,
        "delivered_at": None,
        "status": None,
        "error": None,
    }
