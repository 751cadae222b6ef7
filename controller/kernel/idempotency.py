"""Idempotency keys: a POST that is sent twice with the same key is done once and answered twice."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.crypto import SealBroken, Sealer
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.models import IdempotencyKey
from controller.wire.base64url import b64decode, b64encode

KEPT_FOR = timedelta(hours=24)
MAX_LENGTH = 200
"""Characters of a key at most."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts stored answers, since some contain a token or a claim code that is shown once."""

    secret: str = field(repr=False)

    def close(self, body: str, key: str) -> str:
        """Encrypt the answer to the request with that key."""
        return b64encode(self._sealer().seal(body.encode(), key))

    def open(self, sealed: str, key: str) -> str:
        """Decrypt an answer.

        Raises Conflict if it has been deleted, or if the secret has changed.
        """
        if not sealed:
            raise Conflict("done already; the answer is no longer stored")
        try:
            return self._sealer().open(b64decode(sealed), key).decode()
        except SealBroken as problem:
            raise Conflict("done already; its answer can't be read any more") from problem

    def _sealer(self) -> Sealer:
        return Sealer(self.secret.encode(), "loquet/1 kept answers")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A stored answer, to be sent again."""

    status: int
    headers: dict[str, str]
    body: str


def find(
    db: Session, owner: str, key: str, request_hash: str, now: Utc, seal: Seal
) -> StoredAnswer | None:
    """Return the stored answer for this owner's key; None if the key is new or older than 24 hours.

    Raises Invalid if the key was used with another request.
    """
    if not 1 <= len(key) <= MAX_LENGTH:
        raise Invalid.of("Idempotency-Key", f"from 1 to {MAX_LENGTH} characters")
    row = db.get(IdempotencyKey, (owner, _stored_key(key)))
    if row is None:
        return None
    if row.created_at <= now - KEPT_FOR:
        db.delete(row)
        db.flush()
        return None
    if row.request_hash != request_hash:
        raise Invalid.of("Idempotency-Key", "already used with another request")
    return StoredAnswer(row.status, row.headers, seal.open(row.body, key))


def store_answer(
    db: Session, owner: str, key: str, request_hash: str, answer: StoredAnswer, now: Utc, seal: Seal
) -> None:
    """Store an answer in the transaction of its request, and delete those older than 24 hours."""
    db.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT_FOR))
    db.add(
        IdempotencyKey(
            owner=owner,
            key=_stored_key(key),
            request_hash=request_hash,
            status=answer.status,
            headers=answer.headers,
            body=seal.close(answer.body, key),
            created_at=now,
        )
    )
    db.flush()


def _stored_key(key: str) -> str:
    """Return the hash under which a key is stored; the caller's key itself may name somebody."""
    return hashlib.sha256(key.encode()).hexdigest()
