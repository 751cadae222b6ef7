"""Removes a person's name from free texts, and lists the texts in which it is uncertain.

It is removed automatically from rows of the person, and at their home site from texts written since
they have had that name. Elsewhere somebody has to confirm that it means them; otherwise renaming a
record could change what others wrote.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, inspect, null, or_, select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.models import AuditEntry
from controller.kernel.privacy import (
    Data,
    ErasureKind,
    NameFinder,
    Person,
    PersonalDataRule,
    rules_of,
    with_rows,
)
from controller.kernel.rows import site_ids
from controller.kernel.shapes import Shape
from controller.store.types import UtcDateTime, UtcMillis

MAX_PLACES = 200
"""Maximum number of places that are listed."""
_WRITTEN = (Data.TEXT, Data.WORDS, Data.REFERENCE, Data.LABEL, Data.ORGANISATION)
"""Kinds of columns with texts that people wrote."""
_TIMES = (
    *("created_at", "written_at", "recorded_at", "noted_at", "asked_at", "raised_at", "started_at"),
    *(
        "at",
        "lent_at",
        "linked_at",
        "closed_at",
        "since",
        "seen_at",
        "out_of_service_at",
        "updated_at",
    ),
)
"""Columns with the time when a row was written, in order of preference."""


class Place(Shape, frozen=True, kw_only=True):
    """A text with a word of the person's name that may mean them or something else."""

    id: str
    """Used in an erasure (`Erasure.also`) to remove the word here too."""
    what: str
    """The table."""
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's texts, whether it belongs to the person, its site, and when it was written."""

    key: tuple[Any, ...]
    is_of_person: bool
    site_id: str | None
    at: Utc | None
    values: Sequence[Any]


def remove_names(
    db: Session, rule: PersonalDataRule, person: Person, chosen: Collection[str]
) -> int:
    """Remove names, addresses and references from a table's free texts; return the number of rows.

    `chosen`: ids of places where uncertain words are removed too. Tables of event bytes, and those
    whose reasons can't be changed, are handled elsewhere.
    """
    if rule.erasure_kind in (ErasureKind.BYTES, ErasureKind.REASON):
        return 0
    names = rule.of(*_WRITTEN, Data.RAW)
    changes = [
        (row.key, after)
        for row in _rows(db, rule, person, names)
        if (after := _without_names(rule, person, names, row, chosen)) != list(row.values)
    ]
    for key, after in changes:
        row_to_change = db.get_one(rule.model, key)
        if rule.erasure_kind is ErasureKind.NOTE:
            db.delete(row_to_change)
            continue
        for name, value in zip(names, after, strict=True):
            setattr(row_to_change, name, value)
    db.flush()
    return len(changes)


def doubtful_places(db: Session, person: Person, actor: Actor) -> tuple[Place, ...]:
    """List the places, at the actor's sites, where a name remains or may be meant after the
    erasure.

    Evidence, such as the reasons in the audit, is listed only for actors who may read the audit;
    texts without a site only for those with the permission at all sites.
    """
    all_sites = site_ids(db)
    sites_by_permission = {
        permission: _sites(all_sites, actor, permission)
        for permission in (Permission.PERSONAL_DATA, Permission.AUDIT_READ)
    }
    finder = NameFinder.of_any(_finders(person))
    return tuple(
        islice(
            (
                place
                for rule in with_rows(db, rules_of(db))
                for place in _doubtful_places(
                    db, rule, person, sites_by_permission[_permission(rule)], finder
                )
            ),
            MAX_PLACES,
        )
    )


def _permission(rule: PersonalDataRule) -> Permission:
    is_proof = rule.is_proof or rule.erasure_kind is ErasureKind.NOTE
    return Permission.AUDIT_READ if is_proof else Permission.PERSONAL_DATA


def _sites(all_sites: frozenset[str], actor: Actor, permission: Permission) -> set[str | None]:
    sites: set[str | None] = {site for site in all_sites if actor.may(permission, site)}
    return sites | {None} if sites == all_sites else sites


def _doubtful_places(
    db: Session,
    rule: PersonalDataRule,
    person: Person,
    sites: Collection[str | None],
    finder: NameFinder,
) -> Iterator[Place]:
    """Yield the places of a table. `finder` finds all that any other finder of the person does."""
    if rule.erasure_kind is ErasureKind.BYTES:
        return
    names, emptied = rule.of(*_WRITTEN), rule.of(Data.WORDS, Data.REFERENCE)
    for row in _rows(db, rule, person, names):
        if not finder.search("\n".join(texts_in([*row.values]))):
            continue  # as most rows
        remaining = _without_names(rule, person, names, row, ())
        if row.site_id not in sites or _is_deleted(rule, row, remaining):
            continue
        remaining_texts = [
            text
            for name, value in zip(names, remaining, strict=True)
            if not (row.is_of_person and name in emptied)
            for text in texts_in(value)
            if person.doubtful_finder.search(text) or person.finder.search(text)
        ]
        if remaining_texts:
            yield Place(id=_id(rule, row.key), what=rule.name, text="\n".join(remaining_texts))


def _is_deleted(rule: PersonalDataRule, row: _Row, remaining: Sequence[Any]) -> bool:
    """Return whether the erasure deletes the whole row, or all its texts."""
    if row.is_of_person and rule.erasure_kind in (
        ErasureKind.DELETE,
        ErasureKind.COUNT,
        ErasureKind.REASON,
    ):
        return True
    return rule.erasure_kind in (ErasureKind.NOTE, ErasureKind.REASON) and list(remaining) != list(
        row.values
    )


def _rows(
    db: Session, rule: PersonalDataRule, person: Person, names: Sequence[str]
) -> Iterator[_Row]:
    if not names:
        return
    texts, is_theirs = _texts(rule, *names), _belongs_to(rule, person)
    count = len(rule.table.primary_key)
    for row in db.execute(texts if is_theirs is None else texts.add_columns(is_theirs)):
        site_id, at, *values = row[count:]
        is_of_person = is_theirs is not None and bool(values.pop())
        yield _Row(tuple(row[:count]), is_of_person, site_id, at, values)


@cache
def _texts(rule: PersonalDataRule, *names: str) -> Select[Any]:
    """Query each row's key, its site, when it was written, and these columns."""
    times = [rule.column(name) for name in _TIMES if _is_time(rule, name)]
    at = times[0] if times else null()
    return select(*inspect(rule.model).primary_key, _site(rule), at, *map(rule.column, names))


def _is_time(rule: PersonalDataRule, name: str) -> bool:
    column = rule.table.c.get(name)
    return column is not None and isinstance(column.type, UtcDateTime | UtcMillis)


def _belongs_to(rule: PersonalDataRule, person: Person) -> ColumnElement[bool] | None:
    """Return the condition that a row belongs to the person, an audit reason by its entry's
    subject; None: no row does."""
    if rule.erasure_kind is ErasureKind.NOTE:
        return exists().where(_entry(rule), AuditEntry.subject.in_(person.actors))
    conditions = rule.conditions(person)
    return or_(*conditions) if conditions else None


def _site(rule: PersonalDataRule) -> ColumnElement[Any]:
    if rule.erasure_kind is ErasureKind.NOTE:
        return select(AuditEntry.site_id).where(_entry(rule)).scalar_subquery()
    return rule.column("site_id") if "site_id" in rule.table.c else null()


def _entry(rule: PersonalDataRule) -> ColumnElement[bool]:
    is_of: ColumnElement[bool] = AuditEntry.seq == rule.column("seq")
    return is_of


def _without_names(
    rule: PersonalDataRule, person: Person, names: Sequence[str], row: _Row, chosen: Collection[str]
) -> list[Any]:
    if _id(rule, row.key) in chosen:
        finders = (person.own_finder if row.is_of_person else person.finder, person.doubtful_finder)
        return [
            reduce(lambda left, finder: with_texts(left, finder.replace), finders, value)
            for value in row.values
        ]
    of_the_place = _of_the_place(rule)
    finder = _finder(rule, person, row)
    return [
        value if name in of_the_place else with_texts(value, finder.replace)
        for name, value in zip(names, row.values, strict=True)
    ]


@cache
def _of_the_place(rule: PersonalDataRule) -> frozenset[str]:
    """Return the columns with texts of the place; asked for each row of a table."""
    return frozenset(rule.of(Data.LABEL, Data.ORGANISATION))


def _finder(rule: PersonalDataRule, person: Person, row: _Row) -> NameFinder:
    """Return the finder for the texts that are removed from a row automatically."""
    if row.is_of_person:
        return person.own_finder
    return person.reference_finder if rule.is_proof else person.finder_at(row.site_id, row.at)


def chosen_keys(rule: PersonalDataRule, chosen: Collection[str]) -> set[str]:
    """Return the row ids of a table among these places, if its key is one column."""
    table = f"{rule.name}/"
    return {place.removeprefix(table) for place in chosen if place.startswith(table)}


def _finders(person: Person) -> Iterator[NameFinder]:
    """Yield all finders of a person's names."""
    yield from (person.reference_finder, person.finder, person.own_finder, person.doubtful_finder)
    yield from (finder for _since, finder in person.finders_since)


def _id(rule: PersonalDataRule, key: Sequence[Any]) -> str:
    return "/".join((rule.name, *map(str, key)))


# Texts in a column's value: the value itself, or strings in its JSON.


def texts_in(value: Any) -> Iterator[str]:
    """Yield all texts in the value, including the keys of objects."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return the value with each of its texts replaced by `change(text)`."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): with_texts(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_texts(inner, change) for inner in value]
    return value
