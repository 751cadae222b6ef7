"""The names behind opaque references, for those who may read them on a page."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow, TokenRow
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow


def names_of(db: Session, refs: Iterable[str]) -> dict[str, str]:
    """A name by reference (`account:ID`, `token:ID`, `member:ID`): the person's, else the login's.

    Of a token whose account is no person's, the token's own name.
    A reference that leads nowhere, as after an erasure, has none.
    """
    by_kind: dict[str, set[str]] = {}
    for ref in refs:
        kind, _, key = ref.partition(":")
        by_kind.setdefault(kind, set()).add(key)
    result = {
        f"account:{key}": name or login
        for key, login, name in db.execute(
            select(AccountRow.id, AccountRow.login, MemberRow.display_name)
            .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
            .where(AccountRow.id.in_(by_kind.get("account", ())))
        )
    }
    tokens = (
        select(TokenRow.id, TokenRow.name, MemberRow.display_name)
        .join(AccountRow, AccountRow.id == TokenRow.account_id)
        .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
        .where(TokenRow.id.in_(by_kind.get("token", ())))
    )
    result |= {f"token:{key}": person or name for key, name, person in db.execute(tokens)}
    wanted = by_kind.get("member", ())
    people = select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(wanted))
    return result | {f"member:{key}": name for key, name in db.execute(people)}


def members_of(db: Session, refs: Iterable[str | None]) -> dict[str, tuple[str | None, str]]:
    """Member id and display name by member reference; of a group, no id, and its name."""
    wanted = {ref for ref in refs if ref}
    statement = select(MemberRow.ref, MemberRow.id, MemberRow.display_name)
    rows = db.execute(statement.where(MemberRow.ref.in_(wanted)))
    found: dict[str, tuple[str | None, str]] = {ref: (key, name) for ref, key, name in rows}
    if others := wanted - found.keys():
        groups = select(GroupRow.ref, GroupRow.name).where(GroupRow.ref.in_(others))
        found |= {ref: (None, name) for ref, name in db.execute(groups)}
    return found
