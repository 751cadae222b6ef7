"""Who an account is at a provider: by its subject, never by an address; linked by its owner."""

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import second_factors, sign_ins, steps
from controller.capabilities.accounts.models import AccountRow, LinkedIdentity, StepKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.shapes import Shape


class Linked(Shape, frozen=True, kw_only=True):
    """An identity at a provider, linked to one's account."""

    issuer: str
    shown: str
    linked_at: Utc
    used_at: Utc | None


def link(db: Session, *, issuer: str, subject: str, shown: str, actor: Actor, now: Utc) -> None:
    """Have that identity open the actor's own account.

    Doing it again changes nothing. Raises Conflict when it opens another account.
    """
    if actor.account_id is None:
        raise NotFound("account", "")
    row = db.get(LinkedIdentity, (issuer, subject))
    if row is not None and row.account_id != actor.account_id:
        raise Conflict("this identity is linked to another account")
    if row is None:
        account = actor.account_id
        db.add(
            LinkedIdentity(
                issuer=issuer, subject=subject, account_id=account, shown=shown, linked_at=now
            )
        )
        db.flush()
        audit.record(db, actor, now, "provider_linked", f"account:{account}")


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
    return [
        Linked(issuer=row.issuer, shown=row.shown, linked_at=row.linked_at, used_at=row.used_at)
        for row in rows
    ]


def is_linked(db: Session, account_id: str, issuer: str) -> bool:
    """Whether an identity of that provider opens the account."""
    mine = exists().where(LinkedIdentity.account_id == account_id, LinkedIdentity.issuer == issuer)
    return bool(db.scalar(select(mine)))


def whose(db: Session, issuer: str, subject: str) -> str | None:
    """The account that an identity opens."""
    row = db.get(LinkedIdentity, (issuer, subject))
    return row.account_id if row else None


def sign_in(
    db: Session,
    *,
    issuer: str,
    subject: str,
    proves_two_factors: bool,
    proved_at: Utc | None,
    now: Utc,
    browser: str | None,
) -> sign_ins.Passed | sign_ins.Halfway | None:
    """Signed in as the account that this identity opens; half of it where a second factor is asked.

    `proved_at`: when the provider last asked who it is, if that was a moment ago. None: it opens
    none, or a closed one.
    """
    account_id = whose(db, issuer, subject)
    row = db.get(AccountRow, account_id) if account_id else None
    if row is None or row.disabled_at is not None:
        return None
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
