"""Everything by which a person can be found: ids, references, and the words that name them."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow, TokenRow
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.kernel.privacy import Data, Decided, decided

_SHORTEST = 3
"""Letters of a name that is looked for in what people wrote; shorter ones are in every sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the database has to find somebody by."""

    id: str
    ref: str
    site_id: str
    accounts: tuple[str, ...]
    holder_keys: tuple[str, ...]
    actors: tuple[str, ...]
    """As whom they acted: `member:ID`, `account:ID`, `token:ID`."""
    names: tuple[str, ...]
    """Names, addresses and numbers."""

    def rows(self, each: Decided) -> list[ColumnElement[bool]] | None:
        """The conditions, any of which leads from a row of a table to this person; None: none."""
        keys = {Data.MEMBER: (self.id,), Data.REF: (self.ref,), Data.ACCOUNT: self.accounts}
        found = [
            each.column(name).in_(values)
            for kind, values in keys.items()
            for name in each.decision.of(kind)
        ]
        return found or None


def person_of(db: Session, member: MemberRow) -> Person:
    """Look them up."""
    accounts = tuple(db.scalars(select(AccountRow.id).where(AccountRow.member_id == member.id)))
    tokens = db.scalars(select(TokenRow.id).where(TokenRow.account_id.in_(accounts)))
    keys = select(CredentialRow.holder_key).where(CredentialRow.member_id == member.id)
    known = Person(
        id=member.id,
        ref=member.ref,
        site_id=member.site_id,
        accounts=accounts,
        holder_keys=tuple(db.scalars(keys)),
        names=(),
        actors=(
            f"member:{member.id}",
            *(f"account:{key}" for key in accounts),
            *(f"token:{key}" for key in tokens),
        ),
    )
    names = tuple(sorted(_names(db, known), key=lambda each: (-len(each), each)))
    return Person(
        id=known.id,
        ref=known.ref,
        site_id=known.site_id,
        accounts=accounts,
        names=names,
        holder_keys=known.holder_keys,
        actors=known.actors,
    )


def pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of these names, one at least, in a text, whatever its case."""
    spelled = [r"\s+".join(map(re.escape, each.split())) for each in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)", re.IGNORECASE)


def _names(db: Session, person: Person) -> set[str]:
    """Their id, what columns for names hold, and a name of two words the other way round."""
    found: set[str] = set()
    for each in decided():
        where = person.rows(each)
        if where is None or each.table.name == "member_word":
            continue
        for name in each.decision.of(Data.IDENTITY):
            column = each.column(name)
            for condition in where:
                found.update(db.scalars(select(column).where(condition, column.is_not(None))))
    words = [each.split() for each in found]
    found |= {" ".join(reversed(each)) for each in words if len(each) == 2}
    return {person.id, *(each for each in found if len(each) >= _SHORTEST and "•" not in each)}
