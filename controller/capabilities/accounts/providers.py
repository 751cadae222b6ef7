"""Identities at an OpenID provider that are linked to accounts, and sign-ins with them.

An identity is known by its subject, never by an address; only the account's owner can link it.
"""

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import mailed_links, second_factors, sign_ins, steps
from controller.capabilities.accounts.identity import is_staff
from controller.capabilities.accounts.mailed_messages import ProviderLinkedMessage
from controller.capabilities.accounts.models import AccountRow, LinkedIdentity, StepKind
from controller.capabilities.messages import write
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Shape
from controller.wire.ids import uuid7


class Identity(Shape, frozen=True, kw_only=True):
    """A person's identity at a provider."""

    issuer: str
    subject: str
    shown: str
    """A name or an address for display."""
    asked_at: Utc
    """When the provider last asked the person to sign in, by the provider's clock."""


class LinkedAccount(Shape, frozen=True, kw_only=True):
    """A linked identity, as the account's owner sees it."""

    issuer: str
    shown: str
    linked_at: Utc
    used_at: Utc | None


class Proof(Shape, frozen=True, kw_only=True):
    """A provider's statement that it has just asked a person to sign in."""

    at: Utc
    """The same as `asked_at`, but not later than now by this controller's clock."""
    asked_at: Utc
    """When the provider asked, by its own clock; compared with earlier proofs."""


def link(
    db: Session, identity: Identity, *, provider: str, site_id: str, actor: Actor, now: Utc
) -> None:
    """Link the identity to the actor's own account, and send a notice to the account's address.

    Linking it again changes nothing. Raises Conflict when it is linked to another account.
    """
    row = db.get(LinkedIdentity, (identity.issuer, identity.subject))
    if row is not None and row.account_id != actor.account_id:
        raise Conflict("this identity is linked to another account")
    if row is not None:
        return
    account = get_or_404(db, AccountRow, actor.account_id or "", "account")
    db.add(
        LinkedIdentity(
            issuer=identity.issuer,
            subject=identity.subject,
            account_id=account.id,
            shown=identity.shown,
            linked_at=now,
            proof_at=identity.asked_at,
        )
    )
    db.flush()
    if address := mailed_links.address_of(account):
        letter = ProviderLinkedMessage(login=account.login, provider=provider)
        key, language = uuid7(), account.language
        write.to_address(db, address, letter, language=language, site_id=site_id, key=key, now=now)
    audit.record(db, actor, now, "provider_linked", f"account:{account.id}")


def unlink(db: Session, issuer: str, *, actor: Actor, now: Utc) -> None:
    """Unlink the provider from the actor's own account. Raises NotFound."""
    conditions = (LinkedIdentity.account_id == actor.account_id, LinkedIdentity.issuer == issuer)
    removed = db.scalars(
        delete(LinkedIdentity).where(*conditions).returning(LinkedIdentity.subject)
    ).all()
    if not removed:
        raise NotFound("identity", issuer)
    audit.record(db, actor, now, "provider_unlinked", f"account:{actor.account_id}")


def of_account(db: Session, account_id: str) -> list[LinkedAccount]:
    """Return the identities that are linked to an account."""
    identities = select(LinkedIdentity).where(LinkedIdentity.account_id == account_id)
    rows = db.scalars(identities.order_by(LinkedIdentity.linked_at))
    return [to_shape(row, LinkedAccount) for row in rows]


def is_linked(db: Session, account_id: str, issuer: str) -> bool:
    """Whether an identity at that provider is linked to the account."""
    is_linked_here = exists().where(
        LinkedIdentity.account_id == account_id, LinkedIdentity.issuer == issuer
    )
    return bool(db.scalar(select(is_linked_here)))


def account_of_identity(db: Session, issuer: str, subject: str) -> str | None:
    """Return the id of the account to which an identity is linked, or None."""
    row = db.get(LinkedIdentity, (issuer, subject))
    return row.account_id if row else None


class ProofRequired(Exception):
    """Raised for staff without a new proof: the provider did not ask them to sign in again."""


def prove(
    db: Session, account_id: str, *, issuer: str, subject: str, proof: Proof | None
) -> Utc | None:
    """Return when the owner proved their identity at the provider; None without a new proof.

    Each proof counts once, since an open session at the provider proves nothing.
    """
    row = db.get(LinkedIdentity, (issuer, subject))
    if row is None or row.account_id != account_id or proof is None:
        return None
    if row.proof_at is not None and proof.asked_at <= row.proof_at:
        return None
    row.proof_at = proof.asked_at
    return proof.at


def sign_in(
    db: Session,
    *,
    issuer: str,
    subject: str,
    proves_two_factors: bool,
    proof: Proof | None,
    now: Utc,
    browser: str | None,
) -> sign_ins.SignInResult | sign_ins.PendingSecondFactor | None:
    """Sign in to the account of this identity; returns `PendingSecondFactor` if one is needed.

    Returns None if the identity is not linked to an enabled account. Raises ProofRequired.
    """
    account_id = account_of_identity(db, issuer, subject)
    row = db.get(AccountRow, account_id) if account_id else None
    if row is None or row.disabled_at is not None:
        return None
    proved_at = prove(db, row.id, issuer=issuer, subject=subject, proof=proof)
    if proved_at is None and is_staff(db, row.id):
        raise ProofRequired
    is_identity = (LinkedIdentity.issuer == issuer, LinkedIdentity.subject == subject)
    db.execute(update(LinkedIdentity).where(*is_identity).values(used_at=now))
    if not proves_two_factors and second_factors.has_factor(db, row.id):
        kind = StepKind.SECOND_FACTOR
        return sign_ins.PendingSecondFactor(
            steps.begin(db, kind, row.id, now=now, proved_at=proved_at)
        )
    return sign_ins.begin(
        db, row, now=now, browser=browser, proved_at=proved_at, is_strong=proves_two_factors
    )


def forget(db: Session, account_id: str) -> None:
    """Unlink all identities from the account."""
    db.execute(delete(LinkedIdentity).where(LinkedIdentity.account_id == account_id))
