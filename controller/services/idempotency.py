"""A POST sent twice with the same key is done once, and answered twice."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.services.errors import Invalid
from controller.store.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, to be given again."""

    status: int
    headers: dict[str, str]
    body: str


def find(db: Session, owner: str, key: str, request_hash: str, now: Utc) -> Kept | None:
    """The answer kept for this owner's key; None when it is new or older than 24 hours.

    Raises Invalid when the key came with another request.
    """
    if not 1 <= len(key) <= MAX_LENGTH:
        raise Invalid.of("Idempotency-Key", f"from 1 to {MAX_LENGTH} characters")
    row = db.get(IdempotencyKey, (owner, key))
    if row is None:
        return None
    if row.created_at <= now - KEPT_FOR:
        db.delete(row)
        db.flush()
        return None
    if row.request_hash != request_hash:
        raise Invalid.of("Idempotency-Key", "already used with another request")
    return Kept(row.status, row.headers, row.body)


def keep(db: Session, owner: str, key: str, request_hash: str, kept: Kept, now: Utc) -> None:
    """Keep an answer, in the transaction that it answers, and forget those of yesterday."""
    db.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT_FOR))
    db.add(
        IdempotencyKey(
            owner=owner, key=key, request_hash=request_hash, status=kept.status,
            headers=kept.headers, body=kept.body, created_at=now,
        )
    )  # fmt: skip
    db.flush()
