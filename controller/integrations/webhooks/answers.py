"""Effects of a receiver's response: delivered, tried again later, or the webhook ends."""

import random

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.integrations.webhooks.queue import DueDelivery
from controller.integrations.webhooks.schedule import next_try

GONE = 410
"""The receiver wants no more messages (RFC 9110, section 15.5.11)."""


def is_success(status: int | None) -> bool:
    """Return whether a status means success: only 2xx does; redirects are not followed."""
    return status is not None and 200 <= status < 300


def record_answer(
    db: Session, due: DueDelivery, status: int | None, error: str | None, now: Utc
) -> None:
    """Store the outcome of a try; 410 disables the webhook, and old deliveries are given up."""
    row = db.get(DeliveryRow, due.id)
    if row is None:  # its webhook was deleted meanwhile
        return
    row.status, row.error = status, error
    if is_success(status):
        row.delivered_at, row.due_at, row.error = now, None, None
        return
    row.due_at = next_try(now, row.attempts, row.at, random.random())  # noqa: S311  no secret
    if status == GONE:
        hook = db.get_one(WebhookRow, due.webhook)
        hook.disabled_at, hook.disabled_why = now, "gone"
        row.due_at = None
