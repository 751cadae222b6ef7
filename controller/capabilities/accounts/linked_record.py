"""Checks the member record that is linked to an account: who made it and wrote its address.

Accounts may not do certain things for their own member. They could evade this with a record that
they made, or whose address they wrote, so such a record can't be linked to them.
"""

import json
from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.identity import require_may_grant
from controller.capabilities.accounts.models import AccountRow, TokenRow
from controller.capabilities.members.changes import MergeObstacle, MergeRefused, NeedsAdmin
from controller.capabilities.members.members import has_namesake
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Shape


class OwnMaking(Conflict):
    """Raised when the account itself made the record, or wrote its address."""

    def __init__(self) -> None:
        super().__init__(
            "this account made that record, or wrote its address; somebody else has to write the"
            " address again, or make another record"
        )


class Record(Shape, frozen=True, kw_only=True):
    """The member record as an admin sees it before linking it to an account."""

    member_id: str
    name: str
    created_at: Utc
    made_by: str | None
    """The reference of an actor; None for an imported record."""
    address_by: str | None
    has_namesake: bool


def record(db: Session, member: MemberRow) -> Record:
    """Return the member's record, with who made it and who last wrote its address."""
    made_by, address_by = _authors(db, member.id)
    return Record(
        member_id=member.id,
        name=member.display_name,
        created_at=member.created_at,
        made_by=made_by,
        address_by=address_by,
        has_namesake=has_namesake(db, member.id),
    )


def check(db: Session, account: AccountRow, member: MemberRow) -> None:
    """Raise OwnMaking if the account, or one of its tokens, made the record or wrote its address.

    A deleted token counts as the account's own.
    """
    for author in _authors(db, member.id):
        if account_of(db, author, account.id) == account.id:
            raise OwnMaking


def record_to_keep(db: Session, member_ids: Collection[str]) -> str:
    """Return which of these records of one person to keep: one with an account, else the oldest."""
    has_account = exists().where(AccountRow.member_id == MemberRow.id)
    rows = select(MemberRow.id).where(MemberRow.id.in_(member_ids))
    oldest_first = rows.order_by(has_account.desc(), MemberRow.created_at, MemberRow.id)
    return db.scalars(oldest_first.limit(1)).one()


def accounts_to_merge(
    db: Session, kept_id: str, gone_id: str, actor: Actor
) -> dict[str, AccountRow]:
    """Return the accounts of two records that are merged, by record.

    Raises MergeRefused when both records have an account that can sign in, or an account has a
    staff role that the actor may not grant.
    """
    of_either = AccountRow.member_id.in_((kept_id, gone_id))
    rows = {row.member_id or "": row for row in db.scalars(select(AccountRow).where(of_either))}
    for row in rows.values():
        try:
            require_may_grant(db, row, actor)
        except NeedsAdmin as needs:
            raise MergeRefused(MergeObstacle.STAFF) from needs
    if len(rows) > 1 and all(row.disabled_at is None for row in rows.values()):
        raise MergeRefused(MergeObstacle.TWO_ACCOUNTS)
    return rows


def is_sole_author(db: Session, account_id: str, member_id: str) -> bool:
    """Return whether this account made the record and nobody else ever changed it.

    Changes by the account's tokens, by the record's own account and by Loquet itself don't count as
    changes by somebody else.
    """
    acts = select(AuditEntry.action, AuditEntry.actor).distinct()
    creators, involved = set[str | None](), set[str | None]()
    for action, author in db.execute(acts.where(AuditEntry.subject == f"member:{member_id}")):
        involved.add(account := account_of(db, author, account_id))
        if action == "member_created":
            creators.add(account)
    member_accounts = set(
        db.scalars(select(AccountRow.id).where(AccountRow.member_id == member_id))
    )
    return creators == {account_id} and involved <= {account_id, None, *member_accounts}


def account_of(db: Session, author: str | None, otherwise: str) -> str | None:
    """Return the account of an author in the audit; `otherwise` for a deleted token."""
    kind, _mark, key = (author or "").partition(":")
    if kind == "token":
        return db.scalar(select(TokenRow.account_id).where(TokenRow.id == key)) or otherwise
    return key if kind == "account" else None


def _authors(db: Session, member_id: str) -> tuple[str | None, str | None]:
    """Return who made the record, and who last changed its address, according to the audit.

    The address may be that of another record which was merged into this one.
    """
    made_by = address_by = None
    acts = select(AuditEntry.action, AuditEntry.actor, AuditEntry.detail).where(
        AuditEntry.subject == f"member:{member_id}",
        AuditEntry.action.in_(("member_created", "member_changed", "members_merged")),
    )
    for action, author, text in db.execute(acts.order_by(AuditEntry.seq)).all():
        detail = json.loads(text)
        if action == "member_created":
            made_by = address_by = author
        elif "address" not in detail or detail.get("gone") == member_id:
            continue
        else:
            address_by = _authors(db, detail["gone"])[1] if "gone" in detail else author
    return made_by, address_by
