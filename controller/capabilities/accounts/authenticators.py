"""One-time codes of a telephone (TOTP, RFC 6238): the seed sealed, no code taken twice."""

import hmac

import pyotp
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import codes, second_factors
from controller.capabilities.accounts.models import AccountRow, AuthenticatorRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.crypto import SealBroken, Sealer
from controller.kernel.errors import Conflict, Invalid

STEP_S = 30
DRIFT = 1
"""Steps by which a telephone's clock may be wrong, either way."""


def sealer(secret: str) -> Sealer:
    """What seals the seeds, from the secret of the pages."""
    return Sealer(secret.encode(), "loquet/1 second factors")


def begin(db: Session, account_id: str, *, seals: Sealer, now: Utc) -> str:
    """A new seed, in the place of one that was never confirmed; as base32.

    Raises Conflict when the account has one that counts.
    """
    row = db.get(AuthenticatorRow, account_id)
    if row is not None and row.confirmed_at is not None:
        raise Conflict("this account has an authenticator; remove it first")
    db.execute(delete(AuthenticatorRow).where(AuthenticatorRow.account_id == account_id))
    seed = pyotp.random_base32()
    db.add(
        AuthenticatorRow(
            account_id=account_id,
            sealed=seals.seal(seed.encode(), account_id),
            created_at=now,
            confirmed_at=None,
            last_step=0,
        )
    )
    db.flush()
    return seed


def pending_seed(db: Session, account_id: str, *, seals: Sealer) -> str | None:
    """The seed that waits for its first code, as base32."""
    row = db.get(AuthenticatorRow, account_id)
    if row is None or row.confirmed_at is not None:
        return None
    return _seed(row, seals)


def confirm(db: Session, code: str, *, actor: Actor, seals: Sealer, now: Utc) -> tuple[str, ...]:
    """The telephone has it: from now on it is asked for. The codes for when it is lost.

    Raises Invalid for a wrong code, Conflict when nothing was begun.
    """
    account_id = actor.account_id or ""
    row = db.get(AuthenticatorRow, account_id)
    if row is None or row.confirmed_at is not None:
        raise Conflict("no authenticator was begun")
    if not _take(db, row, code, seals, now):
        raise Invalid.of("code", "not the code that the telephone shows now")
    row.confirmed_at = now
    db.flush()
    audit.record(db, actor, now, "authenticator_added", f"account:{account_id}")
    return codes.for_second_factor(db, account_id, now=now)


def check(db: Session, account_id: str, code: str, *, seals: Sealer, now: Utc) -> bool:
    """Whether it is a code of now that was not taken before; then it is taken."""
    row = db.get(AuthenticatorRow, account_id)
    return row is not None and row.confirmed_at is not None and _take(db, row, code, seals, now)


def remove(db: Session, *, actor: Actor, now: Utc) -> None:
    """Ask the actor's own account for no code of a telephone any more."""
    account_id = actor.account_id or ""
    row = db.get(AuthenticatorRow, account_id)
    if row is not None:
        db.delete(row)
        db.flush()
        second_factors.forget_codes_of_none(db, account_id)
        audit.record(db, actor, now, "authenticator_removed", f"account:{account_id}")


def address(row: AccountRow, seed: str, place: str) -> str:
    """What a QR carries to the telephone."""
    return pyotp.TOTP(seed).provisioning_uri(name=row.login, issuer_name=place)


def _take(db: Session, row: AuthenticatorRow, code: str, seals: Sealer, now: Utc) -> bool:
    step = _step(_seed(row, seals), code, now)
    if step is None:
        return False
    later = (AuthenticatorRow.account_id == row.account_id, AuthenticatorRow.last_step < step)
    done = db.execute(update(AuthenticatorRow).where(*later).values(last_step=step))
    assert isinstance(done, CursorResult)  # noqa: S101 - what an update returns
    return done.rowcount == 1


def _step(seed: str | None, code: str, now: Utc) -> int | None:
    """The step of which it is the code; each is compared, in constant time."""
    typed = "".join(filter(str.isdigit, code))
    if seed is None or len(typed) != 6 or not typed.isascii():
        return None
    totp, present = pyotp.TOTP(seed), int(now.timestamp()) // STEP_S
    steps = range(present - DRIFT, present + DRIFT + 1)
    right = [
        step
        for step in steps
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())
    ]
    return max(right, default=None)


def _seed(row: AuthenticatorRow, seals: Sealer) -> str | None:
    """None: the secret of the pages is another one since; codes on paper still work."""
    try:
        return seals.open(row.sealed, row.account_id).decode()
    except SealBroken:
        return None
