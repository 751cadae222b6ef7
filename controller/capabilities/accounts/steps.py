"""Pending steps, such as a sign-in that still needs a second factor.

Each step can be finished once, within five minutes.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.digests import digest, new_secret
from controller.capabilities.accounts.models import StepKind, StepRow
from controller.domain.time import Utc

STEP_PERIOD = timedelta(minutes=5)
"""How long a step can be finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A pending step."""

    account_id: str | None
    """None until a passkey identifies the account."""
    challenge: bytes | None
    """What a passkey must sign."""
    proved_at: Utc | None
    """When the password was given, here or at the provider; None: unknown."""


def begin(
    db: Session,
    kind: StepKind,
    account_id: str | None,
    *,
    now: Utc,
    challenge: bytes | None = None,
    proved_at: Utc | None = None,
) -> str:
    """Store a new step and return the secret that identifies it; deletes expired ones."""
    db.execute(delete(StepRow).where(StepRow.began_at < now - STEP_PERIOD))
    secret = new_secret()
    db.add(
        StepRow(
            hash=digest(secret),
            kind=kind,
            account_id=account_id,
            challenge=challenge,
            proved_at=proved_at,
            began_at=now,
        )
    )
    db.flush()
    return secret


def pending_step(db: Session, kind: StepKind, secret: str, *, now: Utc) -> Step | None:
    """Return the pending step with this secret; None if it has expired or is finished."""
    row = db.scalars(
        select(StepRow).where(
            StepRow.hash == digest(secret),
            StepRow.kind == kind,
            StepRow.began_at >= now - STEP_PERIOD,
        )
    ).one_or_none()
    if row is None:
        return None
    return Step(account_id=row.account_id, challenge=row.challenge, proved_at=row.proved_at)


def finish(db: Session, secret: str) -> bool:
    """Delete the step; return False if it was finished already."""
    deleted = delete(StepRow).where(StepRow.hash == digest(secret)).returning(StepRow.hash)
    return db.scalar(deleted) is not None


def forget(db: Session, account_id: str) -> None:
    """Delete all pending steps of an account."""
    db.execute(delete(StepRow).where(StepRow.account_id == account_id))
