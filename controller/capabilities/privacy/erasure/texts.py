"""Take a person's name out of what anybody wrote, and list where it may be theirs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, inspect, literal, null, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.privacy.erasure.leaves import texts_in, with_texts
from controller.kernel.actor import Actor, Permission
from controller.kernel.privacy import Data, Erased, Person, PersonalDataRule, rules_of
from controller.kernel.rows import site_ids
from controller.kernel.shapes import Shape

MOST = 200
"""Places that are listed."""
_WRITTEN = (Data.TEXT, Data.WORDS, Data.REFERENCE, Data.LABEL)


class Place(Shape, frozen=True, kw_only=True):
    """A text in which a word of the person's name may mean them, or something else."""

    id: str
    """To be named in an erasure, which then takes the word out here too."""
    what: str
    """The table."""
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says, and whether it leads to the person."""

    key: tuple[Any, ...]
    is_theirs: bool
    values: Sequence[Any]


def take_out(db: Session, rule: PersonalDataRule, person: Person, chosen: Collection[str]) -> int:
    """Replace names, addresses and references in a table's free text; returns in how many rows.

    `chosen`: ids of places where what is in doubt goes as well. Bytes are whole or gone, and words
    that nobody can change go in another way.
    """
    if rule.erased in (Erased.BYTES, Erased.REASON):
        return 0
    names = rule.of(*_WRITTEN, Data.RAW, Data.BODY)
    changes = [
        (row.key, after)
        for row in _rows(db, rule, person, names)
        if (after := _after(rule, person, names, row, chosen)) != list(row.values)
    ]
    for key, after in changes:
        found = db.get_one(rule.model, key)
        if rule.erased is Erased.NOTE:
            db.delete(found)
            continue
        for name, value in zip(names, after, strict=True):
            setattr(found, name, value)
    db.flush()
    return len(changes)


def doubtful_places(db: Session, person: Person, actor: Actor) -> tuple[Place, ...]:
    """Where a word stands that may be their name, as the erasure leaves it, at the actor's sites.

    What stands at no site of its own is listed for who may handle personal data at all of them.
    """
    sites = {site for site in site_ids(db) if actor.may(Permission.PERSONAL_DATA, site)}
    shown: set[str | None] = {*sites, None} if sites == set(site_ids(db)) else {*sites}
    places = (place for rule in rules_of(db) for place in _doubtful(db, rule, person, shown))
    return tuple(islice(places, MOST))


def _doubtful(
    db: Session, rule: PersonalDataRule, person: Person, shown: Collection[str | None]
) -> Iterator[Place]:
    bodies, emptied = rule.of(Data.BODY), rule.of(Data.WORDS, Data.REFERENCE)
    names = [*rule.of(*_WRITTEN), *bodies]
    site = rule.column("site_id") if "site_id" in rule.columns else null()
    for found in _rows(db, rule, person, names, site):
        *values, site_id = found.values
        row = _Row(found.key, found.is_theirs, values)
        left = _after(rule, person, names, row, ())
        if site_id not in shown or _goes(rule, row, left):
            continue
        said = [
            text
            for name, value in zip(names, left, strict=True)
            if not (row.is_theirs and name in emptied)
            for text in texts_in(value)
            if person.doubtful_finder.search(text)
            or (name in bodies and person.finder.search(text))
        ]
        if said:
            yield Place(id=_id(rule, row.key), what=rule.name, text="\n".join(said))


def _goes(rule: PersonalDataRule, row: _Row, left: Sequence[Any]) -> bool:
    """Whether the erasure takes the whole row, or all its words."""
    if row.is_theirs and rule.erased in (Erased.DELETE, Erased.COUNT, Erased.REASON):
        return True
    return rule.erased in (Erased.NOTE, Erased.REASON) and list(left) != list(row.values)


def _rows(
    db: Session,
    rule: PersonalDataRule,
    person: Person,
    names: Sequence[str],
    *more: ColumnElement[Any],
) -> Iterator[_Row]:
    if not names:
        return
    keys = inspect(rule.model).primary_key
    where = rule.rows(person)
    is_theirs = or_(*where) if where else literal(False)
    found = select(*keys, is_theirs, *map(rule.column, names), *more)
    for row in db.execute(found):
        yield _Row(tuple(row[: len(keys)]), bool(row[len(keys)]), row[len(keys) + 1 :])


def _after(
    rule: PersonalDataRule, person: Person, names: Sequence[str], row: _Row, chosen: Collection[str]
) -> list[Any]:
    """What its columns hold without the names. An organisation's name goes only where chosen."""
    finder = person.own_finder if row.is_theirs else person.finder
    is_chosen, bodies = _id(rule, row.key) in chosen, rule.of(Data.BODY)
    after = []
    for name, value in zip(names, row.values, strict=True):
        left = value
        if is_chosen or name not in bodies:
            left = with_texts(left, finder.replace)
        if is_chosen:
            left = with_texts(left, person.doubtful_finder.replace)
        after.append(left)
    return after


def chosen_keys(rule: PersonalDataRule, chosen: Collection[str]) -> set[str]:
    """The ids of a table's rows among places, where it has one column for them."""
    table = f"{rule.name}/"
    return {place.removeprefix(table) for place in chosen if place.startswith(table)}


def _id(rule: PersonalDataRule, key: Sequence[Any]) -> str:
    return "/".join((rule.name, *map(str, key)))
