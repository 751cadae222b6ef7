"""Who an account is at a provider: by its subject, never by an address; linked by its owner."""

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
from controller.kernel.mapping import read
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Shape
from controller.wire.ids import uuid7


class Identity(Shape, frozen=True, kw_only=True):
    """A person's identity at a provider."""

    issuer: str
    subject: str
    shown: str
    """A name or an address, for people to read."""
    asked_at: Utc
    """When the provider asked who they are, by its own clock."""


class Linked(Shape, frozen=True, kw_only=True):
    """An identity at a provider, linked to one's account."""

    issuer: str
    shown: str
    linked_at: Utc
    used_at: Utc | None


class Proof(Shape, frozen=True, kw_only=True):
    """That a provider asked somebody who they are, a moment ago."""

    at: Utc
    asked_at: Utc
    """By the provider's clock."""


def link(
    db: Session, identity: Identity, *, provider: str, site_id: str, actor: Actor, now: Utc
) -> None:
    """Have that identity open the actor's own account, and write so to the account's address.

    Doing it again changes nothing. Raises Conflict when it opens another account.
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
        letter = ProviderLinkedMessage(
            login=account.login, provider=provider, identity=identity.shown
        )
        key, language = uuid7(), account.language
        write.to_address(db, address, letter, language=language, site_id=site_id, key=key, now=now)
    audit.record(db, actor, now, "provider_linked", f"account:{account.id}")


def unlink(db: Session, issuer: str, *, actor: Actor, now: Utc) -> None:
    """That provider opens the actor's own account no more. Raises NotFound."""
    mine = (LinkedIdentity.account_id == actor.account_id, LinkedIdentity.issuer == issuer)
    gone = db.scalars(delete(LinkedIdentity).where(*mine).returning(LinkedIdentity.subject)).all()
    if not gone:
        raise NotFound("identity", issuer)
    audit.record(db, actor, now, "provider_unlinked", f"account:{actor.account_id}")


def of_account(db: Session, account_id: str) -> list[Linked]:
    """The identities that open an account."""
    mine = select(LinkedIdentity).where(LinkedIdentity.account_id == account_id)
    rows = db.scalars(mine.order_by(LinkedIdentity.linked_at))
    return [read(row, Linked) for row in rows]


def is_linked(db: Session, account_id: str, issuer: str) -> bool:
    """Whether an identity of that provider opens the account."""
    mine = exists().where(LinkedIdentity.account_id == account_id, LinkedIdentity.issuer == issuer)
    return bool(db.scalar(select(mine)))


def whose(db: Session, issuer: str, subject: str) -> str | None:
    """The account that an identity opens."""
    row = db.get(LinkedIdentity, (issuer, subject))
    return row.account_id if row else None


class NotProved(Exception):
    """The provider has not asked who this member of staff is since they last came from there."""


def prove(
    db: Session, account_id: str, *, issuer: str, subject: str, proof: Proof | None
) -> Utc | None:
    """When the owner of the account proved at the provider who they are; None: not anew.

    Each time that the provider asks counts once: who finds its session open proves nothing.
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
) -> sign_ins.SignInResult | sign_ins.Halfway | None:
    """Signed in as the account that this identity opens; half of it where a second factor is asked.

    None: it opens none, or a closed one. Raises NotProved.
    """
    account_id = whose(db, issuer, subject)
    row = db.get(AccountRow, account_id) if account_id else None
    if row is None or row.disabled_at is not None:
        return None
    proved_at = prove(db, row.id, issuer=issuer, subject=subject, proof=proof)
    if proved_at is None and is_staff(db, row.id):
        raise NotProved
    mine = (LinkedIdentity.issuer == issuer, LinkedIdentity.subject == subject)
    db.execute(update(LinkedIdentity).where(*mine).values(used_at=now))
    if not proves_two_factors and second_factors.has_one(db, row.id):
        kind = StepKind.SECOND_FACTOR
        return sign_ins.Halfway(steps.begin(db, kind, row.id, now=now, proved_at=proved_at))
    return sign_ins.begin(
        db, row, now=now, browser=browser, proved_at=proved_at, is_strong=proves_two_factors
    )


def forget(db: Session, account_id: str) -> None:
    """No identity opens this account any more."""
    db.execute(delete(LinkedIdentity).where(LinkedIdentity.account_id == account_id))
