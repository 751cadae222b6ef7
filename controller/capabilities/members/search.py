"""Finds members by the beginnings of words of their name, quickly among 100,000."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from controller.capabilities.members.models import MemberRow, MemberWord, MergedMember
from controller.capabilities.members.network import known_at
from controller.kernel.actor import Actor, Permission
from controller.kernel.lookalikes import skeleton
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.privacy.names import folded_words

_ADDRESS = re.compile(r"([^\s@]+)@(\S*)")
_DOUBLED = re.compile(r"(.)\1+")
_MAX_WORDS = 6
"""Number of words of a query that are used."""
_MAX_WORD_CHARACTERS = 40
"""Number of characters of a word that are stored."""
_MIN_NEAR_LENGTH = 8
"""Number of letters from which on two spellings may differ by one letter."""
_MAX_COUNTED = 500
"""Up to this limit, matches of a word are counted to find the rarest word."""
_LAST = "\U0010ffff"
"""The greatest character: a prefix with it comes after all words with that prefix."""
_CURSOR = re.compile(r"(?:(?P<word>[^\W_]{1,40}) )?(?P<id>[0-9a-f-]{36})")
"""A page's cursor: the last matched word, if any, and the id of the last member."""


@dataclass(frozen=True, slots=True)
class MemberAlike:
    """A member whose name looks like a given one."""

    id: str
    name: str
    email: str


def words(text: str) -> list[str]:
    """Return a name's words in lower case without accents or repeats: `Éloïse` gives `eloise`."""
    return list(dict.fromkeys(word[:_MAX_WORD_CHARACTERS] for word in folded_words(text)))


def index(db: Session, member_id: str, name: str, email: str | None) -> None:
    """Replace the words under which a member is found.

    Includes the names of records that were merged into this one.
    """
    db.execute(delete(MemberWord).where(MemberWord.member_id == member_id))
    former = select(MergedMember.display_name).where(MergedMember.member_id == member_id)
    db.execute(insert(MemberWord), list(index_rows(member_id, name, email, db.scalars(former))))


def index_rows(
    member_id: str, name: str, email: str | None, former: Iterable[str] = ()
) -> Iterator[dict[str, object]]:
    """Yield the rows of `index`, so that an import can insert many at once."""
    names = " ".join((name, *former))
    found_by = words(names) + words((email or "").partition("@")[0])
    for word in dict.fromkeys([*found_by, _skeleton_word(name)]):
        yield {"word": word, "member_id": member_id}


def names_alike(db: Session, names: Collection[str], *, but: Collection[str]) -> list[str]:
    """Return the names of other members, at any site, that look like one of these names.

    `but`: ids of members who are not meant.
    """
    skeletons = {skeleton(name) for name in names}
    other = MemberWord.member_id.not_in(but)
    rows = select(MemberRow.display_name).join(MemberWord, MemberWord.member_id == MemberRow.id)
    alike = db.scalars(rows.where(MemberWord.word.in_(map(_skeleton_word, names)), other))
    return [name for name in alike if skeleton(name) in skeletons]


def records_alike(db: Session, names: Collection[str]) -> list[MemberRow]:
    """Return the members, at any site, whose names look like one of these, in order of records."""
    skeletons = {skeleton(name) for name in names}
    with_look = select(MemberWord.member_id).where(MemberWord.word.in_(map(_skeleton_word, names)))
    rows = select(MemberRow).where(MemberRow.id.in_(with_look))
    alike = db.scalars(rows.order_by(MemberRow.created_at, MemberRow.id))
    return [row for row in alike if skeleton(row.display_name) in skeletons]


def members_alike(
    db: Session, names: Iterable[str], *where: ColumnElement[bool]
) -> Iterator[tuple[str, MemberAlike]]:
    """Yield each of these names with each member whose name looks like it.

    First and last name may be in either order. Only such members are read.
    """
    names_of_look: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        for look in skeletons_in_any_order(name):
            names_of_look.setdefault(look, []).append(name)
    keys = {f"={look}"[:_MAX_WORD_CHARACTERS] for look in names_of_look}
    columns = select(MemberRow.id, MemberRow.display_name, MemberRow.email)
    rows = columns.join(MemberWord, MemberWord.member_id == MemberRow.id)
    for row in db.execute(rows.where(MemberWord.word.in_(keys), *where)):
        for name in names_of_look.get(skeleton(row.display_name), ()):
            yield name, MemberAlike(row.id, row.display_name, row.email or "")


def skeletons_in_any_order(name: str) -> frozenset[str]:
    """Return the skeletons of a name, in its order and with its last word or words first."""
    parts = name.split()
    turned = ("".join((*parts[n:], *parts[:n])) for n in range(min(len(parts), _MAX_WORDS)))
    return frozenset(map(skeleton, turned)) or frozenset({skeleton(name)})


def _skeleton_word(name: str) -> str:
    """Return the index word that names share which look alike; no query begins with `=`."""
    return f"={skeleton(name)}"[:_MAX_WORD_CHARACTERS]


def matching_members(
    db: Session, query: str, *where: ColumnElement[bool], actor: Actor, cursor: Cursor = FIRST
) -> Page[MemberRow]:
    """Find members who fulfil the conditions and have, for each query word, a word that begins with
    it.

    Ordered by the matching word; an empty query gives the newest members. `cursor.after` is the
    `next` of the previous page; later pages cost no more than the first.
    """
    actor.require_anywhere(Permission.MEMBERS_READ)
    conditions = (known_at(actor.sites(Permission.MEMBERS_READ)), *_addresses(query))
    prefixes = _rarest_first(db, _query_words(query)[:_MAX_WORDS])
    after = _CURSOR.fullmatch(cursor.after or "")
    statement = _by_word(prefixes[0], after) if prefixes else _newest_members(after)
    # An additional condition leaves few members, whose other words are checked; otherwise they are
    # checked in the narrow word table first.
    owner = MemberRow.id if where else MemberWord.member_id
    other_words = (_has_word(owner, word) for word in prefixes[1:])
    rows = db.execute(
        statement.where(*conditions, *where, *other_words).limit(cursor.limit + 1)
    ).all()
    items = list(dict.fromkeys(row for row, _cursor in rows[: cursor.limit]))
    has_more = len(rows) > cursor.limit
    return Page(items=items, next=rows[cursor.limit - 1][1] if has_more else None)


def with_address(db: Session, email: str, *, actor: Actor) -> Sequence[MemberRow]:
    """Return the members with this e-mail address, in any case, whom the actor may see."""
    is_same = func.lower(MemberRow.email) == email.lower()
    return matching_members(db, email, is_same, actor=actor).items


def with_exact_words(db: Session, text: str) -> list[MemberRow]:
    """Return the members who have every word of this text; nobody for an empty text."""
    all_words = words(text)
    matching = select(MemberWord.member_id).where(MemberWord.word.in_(all_words))
    matching = matching.group_by(MemberWord.member_id).having(func.count() == len(all_words))
    members = select(MemberRow).where(MemberRow.id.in_(matching))
    return list(db.scalars(members)) if all_words else []


def similar_name_ids(db: Session, name: str) -> list[str]:
    """Return the ids of members with a similarly spelt name.

    Spaces, hyphens, apostrophes, doubled letters and the order of first and last name don't matter:
    *Dhondt* and *d'Hondt*. Nor does one letter of a long name, if a whole word is the same:
    *Verhaege* and *Verhaeghe*.
    """
    all_words = words(name)
    if len(all_words) < 2:
        return []
    shared = select(MemberWord.member_id).where(MemberWord.word.in_(all_words)).limit(_MAX_COUNTED)
    spellings = {_spelling((*all_words[n:], *all_words[:n])) for n in range(len(all_words))}
    rows = db.execute(select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(shared)))
    return [
        row.id
        for row in rows
        for written in [_spelling(words(row.display_name))]
        if any(_is_near(written, spelling) for spelling in spellings)
    ]


def _is_near(one: str, other: str) -> bool:
    """Return whether two spellings are the same, or long and different by one letter."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1 or len(shorter) < _MIN_NEAR_LENGTH:
        return False
    pairs = zip(shorter, longer, strict=False)
    same = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    after = same + (len(longer) == len(shorter))
    return shorter[after:] == longer[same + 1 :]


def _spelling(words_of_name: Iterable[str]) -> str:
    return "".join(_DOUBLED.sub(r"\1", word) for word in words_of_name)


def last_member_id(cursor: Cursor) -> str | None:
    """Return the id of the last member on the previous page; None on the first page."""
    after = _CURSOR.fullmatch(cursor.after or "")
    return after["id"] if after else None


def _newest_members(after: re.Match[str] | None) -> Select[MemberRow, str]:
    """Select the newest members first, each with its cursor."""
    statement = select(MemberRow, MemberRow.id).order_by(MemberRow.id.desc())
    return statement.where(MemberRow.id < after["id"]) if after else statement


def _by_word(prefix: str, after: re.Match[str] | None) -> Select[MemberRow, str]:
    """Select members by a word with this prefix, each with its cursor: that word and the id."""
    word, member = MemberWord.word, MemberWord.member_id
    from_here, before = _prefix_conditions(word, prefix)
    if after and after["word"]:
        from_here = tuple_(word, member) > tuple_(literal(after["word"], word.type), after["id"])
    return (
        select(MemberRow, word.concat(" ").concat(member))
        .join(MemberWord, member == MemberRow.id)
        .where(from_here, before)
        .order_by(word, member)
    )


def match_conditions(query: str, *, actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions of `matching_members`, for counting its results."""
    return [known_at(actor.sites(Permission.MEMBERS_READ)), *word_conditions(query)]


def word_conditions(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a query's words, at any site."""
    begin = [
        select(MemberWord.member_id).where(*_prefix_conditions(MemberWord.word, word))
        for word in _query_words(query)
    ]
    return [*map(MemberRow.id.in_, begin), *_addresses(query)]


def _query_words(query: str) -> list[str]:
    """Return the words of a query; of an e-mail address, only those before the @."""
    return words(_ADDRESS.sub(r"\1", query))


def _addresses(query: str) -> list[ColumnElement[bool]]:
    """Return conditions that a member's e-mail address begins with each address in the query."""
    return [
        func.lower(MemberRow.email).startswith(address[0].lower(), autoescape=True)
        for address in _ADDRESS.finditer(query)
        if words(address[1])
    ]


def _rarest_first(db: Session, prefixes: list[str]) -> list[str]:
    """Sort prefixes by how many words begin with them, so that few members are examined."""
    if len(prefixes) < 2:
        return prefixes
    statements = [
        select(MemberWord.word).where(*_prefix_conditions(MemberWord.word, prefix))
        for prefix in prefixes
    ]
    counts = [
        select(func.count()).select_from(query.limit(_MAX_COUNTED).subquery()).scalar_subquery()
        for query in statements
    ]
    numbers = db.execute(select(*counts)).one()
    ranked = sorted(zip(numbers, prefixes, strict=True), key=lambda pair: (pair[0], -len(pair[1])))
    return [prefix for _, prefix in ranked]


def _prefix_conditions(column: Any, prefix: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= prefix, column < prefix + _LAST


def _has_word(owner: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    other = aliased(MemberWord)
    return exists().where(other.member_id == owner, *_prefix_conditions(other.word, prefix))
