"""Find members by the beginnings of the words of their name, quickly among 100,000."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from controller.capabilities.members.models import MemberFormer, MemberRow, MemberWord
from controller.capabilities.members.network import known_at
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.privacy.names import words_of

_ADDRESS = re.compile(r"([^\s@]+)@(\S*)")
_DOUBLED = re.compile(r"(.)\1+")
_MAX_WORDS = 6
"""Words of a query that count."""
_LONGEST = 40
"""Characters of a word that are stored."""
_MANY = 500
"""Limit up to which matches of a word are counted, to find the rarest word."""
_LAST = "\U0010ffff"
_CURSOR = re.compile(r"(?:(?P<word>[^\W_]{1,40}) )?(?P<id>[0-9a-f-]{36})")
"""The cursor of a page: the last word matched, if any, and the id of the last member."""


def words(text: str) -> list[str]:
    """Return a name's words in lower case without accents or repeats: `Éloïse` gives `eloise`."""
    return list(dict.fromkeys(word[:_LONGEST] for word in words_of(text)))


def index(db: Session, member_id: str, name: str, email: str | None) -> None:
    """Replace the words under which a member is found.

    They include the names of records that were merged into this one.
    """
    db.execute(delete(MemberWord).where(MemberWord.member_id == member_id))
    former = select(MemberFormer.display_name).where(MemberFormer.member_id == member_id)
    rows = list(index_rows(member_id, " ".join((name, *db.scalars(former))), email))
    if rows:
        db.execute(insert(MemberWord), rows)


def index_rows(member_id: str, name: str, email: str | None) -> Iterator[dict[str, object]]:
    """Yield the rows that `index` stores, so that an import can insert many at once."""
    for word in dict.fromkeys(words(name) + words((email or "").partition("@")[0])):
        yield {"word": word, "member_id": member_id}


def matching_members(
    db: Session, query: str, *where: ColumnElement[bool], actor: Actor, cursor: Cursor = FIRST
) -> Page[MemberRow]:
    """Find members who fulfil the conditions and have, for each query word, a word beginning with
    it.

    Ordered by the matching word; an empty query gives the newest members. `cursor.after` is the
    `next` of the previous page, so that a later page costs no more than the first.
    """
    actor.require_anywhere(Permission.MEMBERS_READ)
    here = (known_at(actor.sites(Permission.MEMBERS_READ)), *_addresses(query))
    asked = _rarest_first(db, _asked(query)[:_MAX_WORDS])
    after = _CURSOR.fullmatch(cursor.after or "")
    statement = _by_word(asked[0], after) if asked else _newest(after)
    # With an extra condition few members are left, so the other words are checked on these;
    # otherwise
    # they are checked in the narrow word table first.
    owner = MemberRow.id if where else MemberWord.member_id
    others = (_has_word(owner, word) for word in asked[1:])
    rows = db.execute(statement.where(*here, *where, *others).limit(cursor.limit + 1)).all()
    items = list(dict.fromkeys(row for row, _place in rows[: cursor.limit]))
    more = len(rows) > cursor.limit
    return Page(items=items, next=rows[cursor.limit - 1][1] if more else None)


def with_exact_words(db: Session, text: str) -> list[MemberRow]:
    """Return the members who have each word of this text as a whole word.

    None for an empty text.
    """
    asked = words(text)
    found = select(MemberWord.member_id).where(MemberWord.word.in_(asked))
    found = found.group_by(MemberWord.member_id).having(func.count() == len(asked))
    members = select(MemberRow).where(MemberRow.id.in_(found))
    return list(db.scalars(members)) if asked else []


def similar_name_ids(db: Session, name: str) -> list[str]:
    """Return the ids of members whose name is spelt like this one.

    Spaces, hyphens, apostrophes, doubled letters and the order of first and last name do not count:
    *Dhondt* and *d'Hondt*.
    """
    asked = words(name)
    if len(asked) < 2:
        return []
    shared = select(MemberWord.member_id).where(MemberWord.word.in_(asked)).limit(_MANY)
    wanted = {_spelling((*asked[n:], *asked[:n])) for n in range(len(asked))}
    rows = db.execute(select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(shared)))
    return [row.id for row in rows if _spelling(words(row.display_name)) in wanted]


def _spelling(found: Iterable[str]) -> str:
    return "".join(_DOUBLED.sub(r"\1", word) for word in found)


def last_member_id(cursor: Cursor) -> str | None:
    """Return the id of the last member on the previous page; None: this is the first page."""
    after = _CURSOR.fullmatch(cursor.after or "")
    return after["id"] if after else None


def _newest(after: re.Match[str] | None) -> Select[MemberRow, str]:
    """Select members, newest first, each with its cursor."""
    statement = select(MemberRow, MemberRow.id).order_by(MemberRow.id.desc())
    return statement.where(MemberRow.id < after["id"]) if after else statement


def _by_word(prefix: str, after: re.Match[str] | None) -> Select[MemberRow, str]:
    """Select members by a word with this prefix, each with its cursor: that word and the id."""
    word, member = MemberWord.word, MemberWord.member_id
    from_here, before = _begins(word, prefix)
    if after and after["word"]:
        from_here = tuple_(word, member) > tuple_(literal(after["word"], word.type), after["id"])
    return (
        select(MemberRow, word.concat(" ").concat(member))
        .join(MemberWord, member == MemberRow.id)
        .where(from_here, before)
        .order_by(word, member)
    )


def match_conditions(query: str, *, actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions that `matching_members` applies, for counting its results."""
    return [known_at(actor.sites(Permission.MEMBERS_READ)), *word_conditions(query)]


def word_conditions(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions that the words of a query put on members, at whatever site."""
    begin = [
        select(MemberWord.member_id).where(*_begins(MemberWord.word, word))
        for word in _asked(query)
    ]
    return [*map(MemberRow.id.in_, begin), *_addresses(query)]


def _asked(query: str) -> list[str]:
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
    """Sort prefixes by how many words begin with them, so that few members have to be looked at."""
    if len(prefixes) < 2:
        return prefixes
    found = [
        select(MemberWord.word).where(*_begins(MemberWord.word, prefix)) for prefix in prefixes
    ]
    counts = [
        select(func.count()).select_from(query.limit(_MANY).subquery()).scalar_subquery()
        for query in found
    ]
    numbers = db.execute(select(*counts)).one()
    ranked = sorted(zip(numbers, prefixes, strict=True), key=lambda pair: (pair[0], -len(pair[1])))
    return [prefix for _, prefix in ranked]


def _begins(column: Any, prefix: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= prefix, column < prefix + _LAST


def _has_word(owner: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    other = aliased(MemberWord)
    return exists().where(other.member_id == owner, *_begins(other.word, prefix))
