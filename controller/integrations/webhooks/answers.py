"""Effects of a receiver's response: delivered, tried again later, or the webhook ends."""

import random
from datetime import timedelta

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.integrations.webhooks.queue import DueDelivery

_MINUTE, _HOUR = 60.0, 3600.0
WAITS_S = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Seconds to wait after the first try, the second, and so on: what Standard Webhooks proposes."""
JITTER = 0.1
"""Random change of a wait, so that failed messages aren't all retried at once."""
MAX_DELIVERY_AGE = timedelta(seconds=sum(WAITS_S) * (1 + JITTER))
"""A delivery is given up at this age, even if waiting for earlier ones has left it fewer tries."""


def next_try(now: Utc, attempts: int, at: Utc, chance: float) -> Utc | None:
    """Return the time of the next try of a change that happened `at`; None: it is given up.

    `attempts`: tries so far; `chance`: a random number from 0 to 1.
    """
    if attempts > len(WAITS_S) or now > at + MAX_DELIVERY_AGE:
        return None
    wait_s = WAITS_S[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return Utc.of(now + timedelta(seconds=wait_s))


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
