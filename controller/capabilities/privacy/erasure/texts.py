"""Take a person's name out of what was written about them, and list where else it stands.

It goes by itself from the rows that lead to the person, and from what was written, at their home
site, since they have that name. Elsewhere a person has to say that it means them: else whoever
names a record could change what others wrote.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, exists, inspect, literal, null, or_, select
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
)
from controller.kernel.rows import site_ids
from controller.kernel.shapes import Shape
from controller.store.types import UtcDateTime, UtcMillis

MOST = 200
"""Places that are listed."""
_WRITTEN = (Data.TEXT, Data.WORDS, Data.REFERENCE, Data.LABEL, Data.BODY)
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
"""Columns that say when a row was written; its text is not older."""


class Place(Shape, frozen=True, kw_only=True):
    """A text in which a word of the person's name may mean them, or something else."""

    id: str
    """To be named in an erasure, which then takes the word out here too."""
    what: str
    """The table."""
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says, whether it leads to the person, its site, and since when it is there."""

    key: tuple[Any, ...]
    is_theirs: bool
    site_id: str | None
    at: Utc | None
    values: Sequence[Any]


def take_out(db: Session, rule: PersonalDataRule, person: Person, chosen: Collection[str]) -> int:
    """Replace names, addresses and references in a table's free text; returns in how many rows.

    `chosen`: ids of places where what is in doubt goes as well. Bytes are whole or gone, and words
    that nobody can change go in another way.
    """
    if rule.erased in (ErasureKind.BYTES, ErasureKind.REASON):
        return 0
    names = rule.of(*_WRITTEN, Data.RAW)
    changes = [
        (row.key, after)
        for row in _rows(db, rule, person, names)
        if (after := _after(rule, person, names, row, chosen)) != list(row.values)
    ]
    for key, after in changes:
        found = db.get_one(rule.model, key)
        if rule.erased is ErasureKind.NOTE:
            db.delete(found)
            continue
        for name, value in zip(names, after, strict=True):
            setattr(found, name, value)
    db.flush()
    return len(changes)


def doubtful_places(db: Session, person: Person, actor: Actor) -> tuple[Place, ...]:
    """Where their name stands, or what may be it, as the erasure leaves it, at the actor's sites.

    What is proof, the audit's reasons too, is for who reads the audit there: nobody else takes
    words out of it. What stands at no site of its own is listed for who may do so at all of them.
    """
    shown = {
        permission: _sites(db, actor, permission)
        for permission in (Permission.PERSONAL_DATA, Permission.AUDIT_READ)
    }
    return tuple(
        islice(
            (
                place
                for rule in rules_of(db)
                for place in _doubtful(db, rule, person, shown[_permission(rule)])
            ),
            MOST,
        )
    )


def _permission(rule: PersonalDataRule) -> Permission:
    is_proof = rule.is_proof or rule.erased is ErasureKind.NOTE
    return Permission.AUDIT_READ if is_proof else Permission.PERSONAL_DATA


def _sites(db: Session, actor: Actor, permission: Permission) -> set[str | None]:
    there = site_ids(db)
    sites: set[str | None] = {site for site in there if actor.may(permission, site)}
    return sites | {None} if sites == there else sites


def _doubtful(
    db: Session, rule: PersonalDataRule, person: Person, shown: Collection[str | None]
) -> Iterator[Place]:
    if rule.erased is ErasureKind.BYTES:
        return
    names, emptied = rule.of(*_WRITTEN), rule.of(Data.WORDS, Data.REFERENCE)
    for row in _rows(db, rule, person, names):
        left = _after(rule, person, names, row, ())
        if row.site_id not in shown or _goes(rule, row, left):
            continue
        said = [
            text
            for name, value in zip(names, left, strict=True)
            if not (row.is_theirs and name in emptied)
            for text in texts_in(value)
            if person.doubtful_finder.search(text) or person.finder.search(text)
        ]
        if said:
            yield Place(id=_id(rule, row.key), what=rule.name, text="\n".join(said))


def _goes(rule: PersonalDataRule, row: _Row, left: Sequence[Any]) -> bool:
    """Whether the erasure takes the whole row, or all its words."""
    if row.is_theirs and rule.erased in (ErasureKind.DELETE, ErasureKind.COUNT, ErasureKind.REASON):
        return True
    return rule.erased in (ErasureKind.NOTE, ErasureKind.REASON) and list(left) != list(row.values)


def _rows(
    db: Session, rule: PersonalDataRule, person: Person, names: Sequence[str]
) -> Iterator[_Row]:
    if not names:
        return
    keys = inspect(rule.model).primary_key
    times = [name for name in _TIMES if _is_time(rule, name)]
    found = select(
        *keys,
        _leads(rule, person),
        _site(rule),
        rule.column(times[0]) if times else null(),
        *map(rule.column, names),
    )
    count = len(keys)
    for row in db.execute(found):
        is_theirs, site_id, at, *values = row[count:]
        yield _Row(tuple(row[:count]), bool(is_theirs), site_id, at, values)


def _is_time(rule: PersonalDataRule, name: str) -> bool:
    return name in rule.columns and isinstance(rule.table.c[name].type, UtcDateTime | UtcMillis)


def _leads(rule: PersonalDataRule, person: Person) -> ColumnElement[bool]:
    """Whether a row leads to the person; a reason of the audit does if the act was about them."""
    if rule.erased is ErasureKind.NOTE:
        return exists().where(_entry(rule), AuditEntry.subject.in_(person.actors))
    where = rule.rows(person)
    return or_(*where) if where else literal(False)


def _site(rule: PersonalDataRule) -> ColumnElement[Any]:
    if rule.erased is ErasureKind.NOTE:
        return select(AuditEntry.site_id).where(_entry(rule)).scalar_subquery()
    return rule.column("site_id") if "site_id" in rule.columns else null()


def _entry(rule: PersonalDataRule) -> ColumnElement[bool]:
    is_of: ColumnElement[bool] = AuditEntry.seq == rule.column("seq")
    return is_of


def _after(
    rule: PersonalDataRule, person: Person, names: Sequence[str], row: _Row, chosen: Collection[str]
) -> list[Any]:
    """What its columns hold without the names."""
    if _id(rule, row.key) in chosen:
        finders = (person.own_finder if row.is_theirs else person.finder, person.doubtful_finder)
        return [
            reduce(lambda left, finder: with_texts(left, finder.replace), finders, value)
            for value in row.values
        ]
    of_the_place = rule.of(Data.LABEL, Data.BODY)
    finder = _finder(rule, person, row)
    return [
        value if name in of_the_place else with_texts(value, finder.replace)
        for name, value in zip(names, row.values, strict=True)
    ]


def _finder(rule: PersonalDataRule, person: Person, row: _Row) -> NameFinder:
    """Finds what goes from a row by itself."""
    if row.is_theirs:
        return person.own_finder
    return person.reference_finder if rule.is_proof else person.finder_at(row.site_id, row.at)


def chosen_keys(rule: PersonalDataRule, chosen: Collection[str]) -> set[str]:
    """The ids of a table's rows among places, where it has one column for them."""
    table = f"{rule.name}/"
    return {place.removeprefix(table) for place in chosen if place.startswith(table)}


def _id(rule: PersonalDataRule, key: Sequence[Any]) -> str:
    return "/".join((rule.name, *map(str, key)))


# The texts in a value of a column: a text itself, or those in its JSON.


def texts_in(value: Any) -> Iterator[str]:
    """All of them, keys of objects too."""
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
    """The value with each of its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): with_texts(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_texts(inner, change) for inner in value]
    return value
