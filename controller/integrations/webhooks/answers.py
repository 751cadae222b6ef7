"""What a receiver's answer does: delivered, tried again later, or the webhook is over."""

import random

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.integrations.webhooks.queue import DueDelivery
from controller.integrations.webhooks.schedule import next_try

GONE = 410
"""Its receiver wants no more of them (RFC 9110, section 15.5.11)."""


def is_taken(status: int | None) -> bool:
    """Only 2xx is; a redirect is not followed."""
    return status is not None and 200 <= status < 300


def record_answer(
    db: Session, due: DueDelivery, status: int | None, error: str | None, now: Utc
) -> None:
    """How a try went. 410 ends the webhook; what is too old is given up."""
    row = db.get_one(DeliveryRow, due.id)
    row.status, row.error = status, error
    if is_taken(status):
        row.delivered_at, row.due_at, row.error = now, None, None
        return
    row.due_at = next_try(now, row.attempts, row.at, random.random())  # noqa: S311  no secret
    if status == GONE:
        hook = db.get_one(WebhookRow, due.webhook)
        hook.disabled_at, hook.disabled_why = now, "gone"
        row.due_at = None
