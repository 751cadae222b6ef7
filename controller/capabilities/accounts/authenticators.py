"""One-time codes of an authenticator app (TOTP, RFC 6238); its seed is stored encrypted.

No code is accepted twice.
"""

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
"""For how many seconds a code is shown (RFC 6238's time step)."""
DRIFT = 1
"""By how many time steps the phone's clock may be wrong, in either direction."""


def sealer(secret: str) -> Sealer:
    """Return the sealer that encrypts seeds, made from the web server's secret."""
    return Sealer(secret.encode(), "loquet/1 second factors")


def begin(db: Session, account_id: str, *, seals: Sealer, now: Utc) -> str:
    """Make a new seed for an account and return it as base32; replaces an unconfirmed one.

    Raises Conflict when the account has a confirmed authenticator.
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
    """Return the seed that is not confirmed yet, as base32; None if there is none."""
    row = db.get(AuthenticatorRow, account_id)
    if row is None or row.confirmed_at is not None:
        return None
    return _seed(row, seals)


def confirm(db: Session, code: str, *, actor: Actor, seals: Sealer, now: Utc) -> tuple[str, ...]:
    """Confirm the seed with the first code; from now on signing in requires codes.

    Returns the printed codes for a lost phone. Raises Invalid for a wrong code, Conflict when there
    is no seed to confirm.
    """
    account_id = actor.account_id or ""
    row = db.get(AuthenticatorRow, account_id)
    if row is None or row.confirmed_at is not None:
        raise Conflict("there is no authenticator to confirm")
    if not _take(db, row, code, seals, now):
        raise Invalid.of("code", "wrong code; type the one that the phone shows now")
    row.confirmed_at = now
    db.flush()
    audit.record(db, actor, now, "authenticator_added", f"account:{account_id}")
    return codes.issue_second_factor_codes(db, account_id, now=now)


def check(db: Session, account_id: str, code: str, *, seals: Sealer, now: Utc) -> bool:
    """Return whether the code is right and unused; marks it as used."""
    row = db.get(AuthenticatorRow, account_id)
    return row is not None and row.confirmed_at is not None and _take(db, row, code, seals, now)


def remove(db: Session, *, actor: Actor, now: Utc) -> None:
    """Remove the authenticator of the actor's own account, if it has one."""
    account_id = actor.account_id or ""
    row = db.get(AuthenticatorRow, account_id)
    if row is not None:
        db.delete(row)
        db.flush()
        second_factors.delete_useless_codes(db, account_id)
        audit.record(db, actor, now, "authenticator_removed", f"account:{account_id}")


def address(row: AccountRow, seed: str, place: str) -> str:
    """Return the `otpauth:` URI, which the phone reads from a QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=row.login, issuer_name=place)


def _take(db: Session, row: AuthenticatorRow, code: str, seals: Sealer, now: Utc) -> bool:
    step = _step(_seed(row, seals), code, now)
    if step is None:
        return False
    later = (AuthenticatorRow.account_id == row.account_id, AuthenticatorRow.last_step < step)
    updated = db.execute(update(AuthenticatorRow).where(*later).values(last_step=step))
    assert isinstance(updated, CursorResult)  # noqa: S101 - what an update returns
    return updated.rowcount == 1


def _step(seed: str | None, code: str, now: Utc) -> int | None:
    """Return the time step of this code, or None; compares in constant time."""
    typed = "".join(filter(str.isdigit, code))
    if seed is None or len(typed) != 6 or not typed.isascii():
        return None
    totp, present = pyotp.TOTP(seed), int(now.timestamp()) // STEP_S
    steps = range(present - DRIFT, present + DRIFT + 1)
    matching_steps = [
        step
        for step in steps
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())
    ]
    return max(matching_steps, default=None)


def _seed(row: AuthenticatorRow, seals: Sealer) -> str | None:
    """Decrypt the seed; None if the web server's secret has changed (printed codes still work)."""
    try:
        return seals.open(row.sealed, row.account_id).decode()
    except SealBroken:
        return None
