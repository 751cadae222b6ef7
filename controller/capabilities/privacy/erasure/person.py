"""Collects all ids, names and addresses of a person, to find them in the tables."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow, TokenRow
from controller.capabilities.badges.key_mapping import all_keys
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow, MemberWord, MergedMember
from controller.capabilities.privacy.erasure.spellings import Rarity, Spellings, spellings_of
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry
from controller.kernel.privacy import Data, NameFinder, Person, rules_of, with_rows
from controller.kernel.privacy.names import literal
from controller.kernel.rows import site_ids

NAME_CERTAIN_AFTER = timedelta(days=30)
"""A name that was changed more recently than this does not count as certain."""


def person_of(db: Session, member: MemberRow, now: Utc) -> Person:
    """Return the person of a member row, with all ids, and finders for their names."""
    accounts = tuple(db.scalars(select(AccountRow.id).where(AccountRow.member_id == member.id)))
    tokens = db.scalars(select(TokenRow.id).where(TokenRow.account_id.in_(accounts)))
    merged = db.scalars(select(MergedMember).where(MergedMember.member_id == member.id)).all()
    badges = select(CredentialRow.holder_key, CredentialRow.created_at).where(
        CredentialRow.member_id == member.id
    )
    person = Person(
        id=member.id,
        ref=member.ref,
        site_id=member.site_id,
        accounts=accounts,
        holder_keys={
            key: row.created_at
            for row in db.execute(badges)
            for key in all_keys(db, [row.holder_key])
        },
        former=tuple(row.id for row in merged),
        former_refs=tuple(row.ref for row in merged),
        actors=(
            *(f"member:{key}" for key in (member.id, *(row.id for row in merged))),
            *(f"account:{key}" for key in accounts),
            *(f"token:{key}" for key in tokens),
        ),
    )
    names = _names(db, person, member, merged, now)
    rarity = Rarity.of(db, person, names.all)
    references = set(map(literal, (person.id, *person.former, *person.references)))
    unsure = spellings_of(names.unsure, rarity)
    spellings_since = [
        (at, spellings_of(names.until(at), rarity))
        for at in sorted({*names.since.values()}, reverse=True)
    ]
    # the newest come first, with those of all certain names
    spellings = spellings_since[0][1] if spellings_since else Spellings()
    home = frozenset({member.site_id})
    return replace(
        person,
        sites=home | {None} if home == site_ids(db) else home,
        addresses=tuple(sorted(_addresses(db, person, names.since))),
        reference_finder=NameFinder(references),
        finder=NameFinder(references | spellings.certain),
        finders_since=tuple(
            (at, NameFinder(references | spellings.certain)) for at, spellings in spellings_since
        ),
        own_finder=NameFinder(
            references | spellings.certain | spellings.own, capitals=spellings.own_everyday
        ),
        doubtful_finder=NameFinder(unsure.certain, capitals=spellings.doubtful | unsure.doubtful),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Names, addresses and numbers of a person, with the time since when, and uncertain ones."""

    since: Mapping[str, Utc]
    unsure: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.unsure.union(self.since)

    def until(self, at: Utc) -> frozenset[str]:
        """Return the names that the person had by that time."""
        return frozenset(value for value, since in self.since.items() if since <= at)


def _names(
    db: Session, person: Person, member: MemberRow, merged: Sequence[MergedMember], now: Utc
) -> _Names:
    """Return the person's names: those of their record, of merged records and of their accounts.

    Recent names, and others stored about them such as a guardian's, are uncertain: somebody may
    have entered them to get other texts changed. A person has to confirm each of these.
    """
    settled = max(member.created_at, Utc.of(now - NAME_CERTAIN_AFTER))
    since: dict[str, Utc] = {}
    for value, at in _dated_names(db, person, member, merged):
        if value and at <= settled:
            since[value] = min(at, since.get(value, at))
    return _Names(since, frozenset(_identities(db, person) - since.keys()))


def _dated_names(
    db: Session, person: Person, member: MemberRow, merged: Sequence[MergedMember]
) -> Iterator[tuple[str | None, Utc]]:
    """Yield each name, address and number of the person, and since when they have had it."""
    changes = _changes(db, person)

    def since(key: str, field: str, created_at: Utc) -> Utc:
        return changes.get((key, field), changes.get((key, "created"), created_at))

    yield member.display_name, since(member.id, "renamed", member.created_at)
    yield member.email, since(member.id, "address", member.created_at)
    yield member.phone, since(member.id, "phone", member.created_at)
    for former in merged:
        yield former.display_name, since(former.id, "renamed", former.merged_at)
        yield former.email, since(former.id, "address", former.merged_at)
    accounts = select(AccountRow.login, AccountRow.created_at)
    for row in db.execute(accounts.where(AccountRow.id.in_(person.accounts))):
        yield row.login, row.created_at


def _changes(db: Session, person: Person) -> dict[tuple[str, str], Utc]:
    """Return when each record was created, last renamed, or given another address or number."""
    subjects = {f"member:{key}": key for key in (person.id, *person.former)}
    entries = select(AuditEntry.subject, AuditEntry.action, AuditEntry.detail, AuditEntry.at).where(
        AuditEntry.subject.in_(subjects),
        AuditEntry.action.in_(("member_created", "member_changed")),
    )
    changed_at: dict[tuple[str, str], Utc] = {}
    for subject, action, detail, at in db.execute(entries.order_by(AuditEntry.seq)):
        fields = ("created",) if action == "member_created" else json.loads(detail)
        changed_at.update({(subjects[subject], field): at for field in fields})
    return changed_at


def _addresses(db: Session, person: Person, names: Collection[str]) -> set[str]:
    """Return the person's e-mail addresses that no other account or member has, in any case."""
    candidates = {name for name in names if "@" in name}
    if not candidates:
        return set()
    folded = {name.casefold() for name in candidates}
    of_others: set[str] = set()
    for column, is_other in (
        (AccountRow.login, AccountRow.id.not_in(person.accounts)),
        (AccountRow.confirmed_email, AccountRow.id.not_in(person.accounts)),
        (MemberRow.email, MemberRow.id != person.id),
    ):
        address = func.lower(column)
        of_others |= set(db.scalars(select(address).where(is_other, address.in_(folded))))
    return {name for name in candidates if name.casefold() not in of_others}


def _identities(db: Session, person: Person) -> set[str]:
    """Return the values of all identity columns in the person's rows."""
    values: set[str] = set()
    for rule in with_rows(db, [rule for rule in rules_of(db) if rule.of(Data.IDENTITY)]):
        if rule.model is MemberWord:
            continue
        if conditions := rule.conditions(person):
            identities = select(*map(rule.column, rule.of(Data.IDENTITY)))
            for row in db.execute(identities.where(or_(*conditions))):
                values.update(value for value in row if value is not None)
    return values
