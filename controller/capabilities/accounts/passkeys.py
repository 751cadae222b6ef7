"""Passkeys (WebAuthn level 3), with which their owners sign in without a password.

The device verifies its user, so a passkey counts as two factors. The library is imported inside the
functions to save memory at sites without passkeys.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import codes, second_factors, sign_ins, steps
from controller.capabilities.accounts.models import AccountRow, PasskeyRow, StepKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.shapes import Shape
from controller.wire.ids import uuid7

MAX_PASSKEYS = 20
"""Most passkeys of one account."""
MAX_RESPONSE_LENGTH = 20_000
"""Maximum length of a browser's response, in characters."""
_CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The relying party of WebAuthn: host, address and name of this installation."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """Options for the browser, as JSON, and the secret of the pending step."""

    options: str
    step: str


class Passkey(Shape, frozen=True, kw_only=True):
    """A passkey of an account, as its owner sees it."""

    id: str
    name: str
    created_at: Utc
    used_at: Utc | None


def of_account(db: Session, account_id: str) -> list[Passkey]:
    """Return an account's passkeys, oldest first."""
    rows = db.scalars(
        select(PasskeyRow).where(PasskeyRow.account_id == account_id).order_by(PasskeyRow.id)
    )
    return [to_shape(row, Passkey) for row in rows]


def begin_registration(
    db: Session, party: RelyingParty, *, actor: Actor, now: Utc
) -> PasskeyChallenge:
    """Begin to register a passkey for the actor's own account. Raises Conflict beyond
    `MAX_PASSKEYS`."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    account = db.get_one(AccountRow, actor.account_id)
    credential_ids = select(PasskeyRow.credential).where(PasskeyRow.account_id == account.id)
    existing = list(db.scalars(credential_ids))
    if len(existing) >= MAX_PASSKEYS:
        raise Conflict("this account has twenty passkeys")
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=account.id.encode(),
        user_name=account.login,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential_id))
            for credential_id in existing
        ],
    )
    step = steps.begin(db, StepKind.NEW_PASSKEY, account.id, now=now, challenge=challenge)
    return PasskeyChallenge(options_to_json(options), step)


def register(
    db: Session, step: str, answer: str, name: str, party: RelyingParty, *, actor: Actor, now: Utc
) -> tuple[str, ...]:
    """Store the passkey that the device made.

    Returns second-factor codes in case it gets lost, or () if the account has some. Raises Invalid
    for any wrong response.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    challenge = _challenge(db, StepKind.NEW_PASSKEY, step, actor.account_id, now)
    verified = _call_check(
        verify_registration_response,
        credential=_parse(answer),
        expected_challenge=challenge,
        expected_rp_id=party.host,
        expected_origin=party.origin,
        require_user_verification=True,
    )
    credential = bytes_to_base64url(verified.credential_id)
    existing = select(PasskeyRow.id).where(PasskeyRow.credential == credential)
    if db.scalar(existing) is not None:
        raise _invalid_answer()
    row = PasskeyRow(
        id=uuid7(),
        account_id=actor.account_id,
        credential=credential,
        public_key=verified.credential_public_key,
        uses=verified.sign_count,
        name=name,
        created_at=now,
        used_at=None,
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, now, "passkey_added", f"account:{actor.account_id}", passkey=row.id)
    if codes.has_second_factor(db, row.account_id):
        return ()
    return codes.issue_second_factor_codes(db, row.account_id, now=now)


def remove(db: Session, passkey_id: str, *, actor: Actor, now: Utc) -> None:
    """Remove the actor's own passkey. Raises NotFound."""
    row = db.get(PasskeyRow, passkey_id)
    if row is None or row.account_id != actor.account_id:
        raise NotFound("passkey", passkey_id)
    db.delete(row)
    db.flush()
    second_factors.delete_useless_codes(db, row.account_id)
    ref = f"account:{actor.account_id}"
    audit.record(db, actor, now, "passkey_removed", ref, passkey=passkey_id)


def begin_authentication(db: Session, party: RelyingParty, *, now: Utc) -> PasskeyChallenge:
    """Begin a sign-in with a passkey of any account."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    step = steps.begin(db, StepKind.PASSKEY, None, now=now, challenge=challenge)
    return PasskeyChallenge(options_to_json(options), step)


def authenticate(
    db: Session, step: str, answer: str, party: RelyingParty, *, now: Utc
) -> AccountRow:
    """Return the account whose passkey responded. Raises Invalid for any wrong response.

    Finishes the step in the same transaction, so that an intercepted response can't be used again.
    """
    from webauthn import verify_authentication_response

    challenge = _challenge(db, StepKind.PASSKEY, step, None, now)
    response = _parse(answer)
    passkey_query = select(PasskeyRow).where(PasskeyRow.credential == str(response.get("id", "")))
    row = db.scalars(passkey_query.with_for_update()).one_or_none()
    account = db.get(AccountRow, row.account_id) if row else None
    if row is None or account is None or account.disabled_at is not None:
        raise _invalid_answer()
    checked = _call_check(
        verify_authentication_response,
        credential=response,
        expected_challenge=challenge,
        expected_rp_id=party.host,
        expected_origin=party.origin,
        credential_public_key=row.public_key,
        credential_current_sign_count=row.uses,
        require_user_verification=True,
    )
    row.uses, row.used_at = checked.new_sign_count, now
    db.flush()
    return account


def sign_in(
    db: Session,
    step: str,
    answer: str,
    party: RelyingParty,
    *,
    now: Utc,
    browser: str | None = None,
) -> sign_ins.SignInResult:
    """Sign in with a passkey alone. Raises Invalid."""
    row = authenticate(db, step, answer, party, now=now)
    return sign_ins.begin(db, row, now=now, browser=browser, proved_at=now)


def _challenge(db: Session, kind: StepKind, secret: str, account: str | None, now: Utc) -> bytes:
    step = steps.pending_step(db, kind, secret, now=now)
    if step is None or step.account_id != account or not step.challenge:
        raise _invalid_answer()
    if not steps.finish(db, secret):
        raise _invalid_answer()
    return step.challenge


def _parse(answer: str) -> dict[str, Any]:
    try:
        response = json.loads(answer) if len(answer) <= MAX_RESPONSE_LENGTH else None
    except (ValueError, RecursionError):
        response = None
    if not isinstance(response, dict) or "\0" in str(response.get("id")):
        raise _invalid_answer()
    return response


def _call_check(check: Any, **values: Any) -> Any:
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        return check(**values)
    except (WebAuthnException, ValueError, TypeError, KeyError) as problem:
        raise _invalid_answer() from problem


def _invalid_answer() -> Invalid:
    return Invalid.of("credential", "no answer of a passkey that was asked for here")
