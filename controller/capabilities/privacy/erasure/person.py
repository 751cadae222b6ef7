"""Look up everything by which a person can be found."""

from dataclasses import replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow, TokenRow
from controller.capabilities.badges.key_mapping import every_name
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberFormer, MemberRow, MemberWord
from controller.capabilities.privacy.erasure.spellings import spellings_of
from controller.kernel.privacy import Data, NameFinder, Person, rules_of


def person_of(db: Session, member: MemberRow) -> Person:
    """Whom this row is about."""
    accounts = tuple(db.scalars(select(AccountRow.id).where(AccountRow.member_id == member.id)))
    tokens = db.scalars(select(TokenRow.id).where(TokenRow.account_id.in_(accounts)))
    merged = db.execute(select(MemberFormer.id, MemberFormer.ref).where(_of(member))).all()
    keys = select(CredentialRow.holder_key).where(CredentialRow.member_id == member.id)
    known = Person(
        id=member.id,
        ref=member.ref,
        site_id=member.site_id,
        accounts=accounts,
        holder_keys=tuple(every_name(db, list(db.scalars(keys)))),
        former=tuple(row.id for row in merged),
        former_refs=tuple(row.ref for row in merged),
        actors=(
            *(f"member:{key}" for key in (member.id, *(row.id for row in merged))),
            *(f"account:{key}" for key in accounts),
            *(f"token:{key}" for key in tokens),
        ),
    )
    names = _names(db, known)
    found = spellings_of(db, known, names)
    return replace(
        known,
        names=tuple(sorted(names)),
        finder=NameFinder(found.certain),
        own_finder=NameFinder(found.certain | found.own, capitals=found.own_everyday),
        doubtful_finder=NameFinder(capitals=found.doubtful),
    )


def _of(member: MemberRow) -> ColumnElement[bool]:
    return MemberFormer.member_id == member.id


def _names(db: Session, person: Person) -> set[str]:
    """What columns for names, addresses and numbers hold."""
    found: set[str] = set()
    for rule in rules_of(db):
        if rule.model is MemberWord:
            continue
        for column in map(rule.column, rule.of(Data.IDENTITY)):
            for condition in rule.rows(person):
                found.update(db.scalars(select(column).where(condition, column.is_not(None))))
    return found
