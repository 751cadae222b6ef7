"""Names of accounts and tokens for people to read: the member's name, else the login."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow, TokenRow
from controller.capabilities.members.models import MemberRow
from controller.kernel.names import Names


def _account_names(db: Session, ids: Collection[str]) -> dict[str, str]:
    rows = (
        select(AccountRow.id, AccountRow.login, MemberRow.display_name)
        .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
        .where(AccountRow.id.in_(ids))
    )
    return {key: person or login for key, login, person in db.execute(rows)}


def _token_names(db: Session, ids: Collection[str]) -> dict[str, str]:
    rows = (
        select(TokenRow.id, TokenRow.name, AccountRow.login, MemberRow.display_name)
        .join(AccountRow, AccountRow.id == TokenRow.account_id)
        .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
        .where(TokenRow.id.in_(ids))
    )
    return {
        key: person or f"{token_name_prefix(login)} · {name}"
        for key, name, login, person in db.execute(rows)
    }


def token_name_prefix(login: str) -> str:
    """Return the text that precedes the name of a token whose account has no member.

    Without it, the token's own name could look like a person's.
    """
    return f"API · {login}"


def logins_of(db: Session, refs: Collection[str]) -> dict[str, str]:
    """Return the login of each `account:…` reference, and for `token:…`, that of its account."""
    keys = {ref.partition(":")[2] for ref in refs if ref.startswith(("account:", "token:"))}
    accounts = select(AccountRow.id, AccountRow.login).where(AccountRow.id.in_(keys))
    tokens = (
        select(TokenRow.id, AccountRow.login)
        .join(AccountRow, AccountRow.id == TokenRow.account_id)
        .where(TokenRow.id.in_(keys))
    )
    logins = {f"account:{key}": login for key, login in db.execute(accounts)}
    return logins | {f"token:{key}": login for key, login in db.execute(tokens)}


NAMES = (Names("account", by_id=_account_names), Names("token", by_id=_token_names))
