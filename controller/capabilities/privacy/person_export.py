"""Exports all data about a person: rows, movements, and audit entries about them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, false, not_, or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, VaultError
from controller.capabilities.journal import traces
from controller.capabilities.journal.shapes import Event
from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.erasure.person import person_of
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import NotFound
from controller.kernel.privacy import Data, Person, PersonalDataRule, rules_of
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Shape
from controller.store.base import Base


class PersonExport(Shape, frozen=True, kw_only=True):
    """A person's data (RGPD articles 15 and 20), with opaque references to others."""

    member_id: str
    made_at: Utc
    tables: dict[str, list[dict[str, object]]]
    """Rows by table, as docs/data-dictionary.md describes them, without hashes of secrets."""
    names: dict[str, object]
    """The names of the ids in these rows, by id."""
    movements: list[Event]
    """Stored events that name this person."""
    audit: list[audit.Entry]
    """Audit entries about the person's rights, and about what they did as staff."""
    withheld: tuple[str, ...]
    """What is left out because only that person may read it: movements, and whole badge numbers.
    `other_sites`: rows of sites at which the actor may not handle personal data."""


def export(db: Session, member_id: str, *, vault: Vault, actor: Actor, now: Utc) -> PersonExport:
    """Return the export for the person, or for those who handle personal data at their home site.

    Nobody can read somebody else's movements alone, whatever their role: see `incidents`. The
    caller then calls `record` in a write transaction. Raises NotFound.
    """
    member = get_or_404(db, MemberRow, member_id, "member")
    is_own = actor.member_id == member_id
    if not is_own and not actor.may(Permission.PERSONAL_DATA, member.site_id):
        raise NotFound("member", member_id)
    person = person_of(db, member, now)
    sites = None if is_own else actor.sites(Permission.PERSONAL_DATA)
    tables, is_whole = _tables(db, person, vault if is_own else None, sites)
    withheld_sites = () if is_whole else ("other_sites",)
    return PersonExport(
        member_id=member_id,
        made_at=now,
        tables=tables,
        names=_names(db, tables),
        movements=traces.events_of_person(db, person) if is_own else [],
        audit=audit.entries_about(db, person.actors, reader=None if is_own else actor),
        withheld=()
        if is_own
        else ("movements", *_whereabouts_rules(db), "credential.value", *withheld_sites),
    )


def record(db: Session, member_id: str, *, actor: Actor, now: Utc) -> None:
    """Record in the audit that a person's data were exported."""
    site_id = get_or_404(db, MemberRow, member_id, "member").site_id
    audit.record(db, actor, now, "member_exported", f"member:{member_id}", site_id)


def _whereabouts_rules(db: Session) -> list[str]:
    return [rule.name for rule in rules_of(db) if rule.whereabouts]


def _tables(
    db: Session, person: Person, vault: Vault | None, sites: Collection[str] | None
) -> tuple[dict[str, list[dict[str, object]]], bool]:
    """Return rows by table, and whether these are all.

    `sites`: where rows may be read; None: anywhere.
    """
    tables: dict[str, list[dict[str, object]]] = {}
    is_whole = True
    for rule in rules_of(db):
        conditions = rule.conditions(person)
        if not conditions or (vault is None and rule.whereabouts):
            continue
        readable = true() if sites is None else _at_sites(db, rule.model, person, sites)
        if rows := db.scalars(select(rule.model).where(or_(*conditions), readable)).all():
            tables[rule.name] = [_row(rule, row, vault) for row in rows]
        other_row = select(rule.model).where(or_(*conditions), not_(readable)).limit(1)
        is_whole = is_whole and (sites is None or db.scalars(other_row).first() is None)
    return tables, is_whole


def _at_sites(
    db: Session, model: type[Base], person: Person, sites: Collection[str]
) -> ColumnElement[bool]:
    """Return the condition that a row, or a row to which it refers, is of these sites or of none.

    An account's rows belong to every site at which the account has a role.
    """
    table = model.metadata.tables[model.__tablename__]
    if "site_id" in table.c:
        return table.c.site_id.in_(sites) | table.c.site_id.is_(None)
    if table.name == "account" or "account_id" in table.c:
        sites_of_accounts = select(AccountRole.site_id).where(
            AccountRole.account_id.in_(person.accounts)
        )
        return true() if set(db.scalars(sites_of_accounts)) <= set(sites) else false()
    for key in table.foreign_keys:
        named_table = key.column.table
        if "site_id" in named_table.c and named_table.name != "member":
            of_these = select(key.column).where(named_table.c.site_id.in_(sites))
            return key.parent.in_(of_these) | key.parent.is_(None)
    return true()


def _row(rule: PersonalDataRule, row: Any, vault: Vault | None) -> dict[str, object]:
    kinds = rule.columns
    values = {
        name: _as_json_value(getattr(row, name)) for name in kinds if kinds[name] is not Data.SEALED
    }
    if isinstance(row, CredentialRow) and vault is not None:
        try:
            values["value"] = str(vault.open(row.sealed, row.id))
        except VaultError:
            values["value"] = row.masked
    return values


def _as_json_value(value: Any) -> object:
    if isinstance(value, Utc):
        return value.text()
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _names(db: Session, tables: Mapping[str, Iterable[Mapping[str, object]]]) -> dict[str, object]:
    ids = {
        value
        for rows in tables.values()
        for row in rows
        for value in row.values()
        if isinstance(value, str)
    }
    name_queries = [
        select(rule.column("id"), rule.column("name"))
        for rule in rules_of(db)
        if rule.adds_names_to_export
    ]
    return {key: name for query in name_queries for key, name in db.execute(query) if key in ids}
