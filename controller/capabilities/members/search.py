"""Find members by the beginnings of the words of their name, quickly among 100,000."""

import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.members.models import MemberRow, MemberWord
from controller.capabilities.members.network import known_at
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page

_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_MAX_WORDS = 6
_LONGEST = 40
_LAST = "\U0010ffff"


def words(text: str) -> list[str]:
    """The words of a name in lower case without accents, each once: `Éloïse` gives `eloise`."""
    lowered = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    bare = "".join(each for each in lowered if not unicodedata.combining(each))
    return list(dict.fromkeys(word[:_LONGEST] for word in _WORD.findall(bare)))


def index(db: Session, member_id: str, name: str, email: str | None) -> None:
    """Store the words under which the member is found, in place of the old ones."""
    db.execute(delete(MemberWord).where(MemberWord.member_id == member_id))
    rows = list(index_rows(member_id, name, email))
    if rows:
        db.execute(insert(MemberWord), rows)


def index_rows(member_id: str, name: str, email: str | None) -> Iterator[dict[str, object]]:
    """What `index` stores, for many members at once."""
    for word in dict.fromkeys(words(name) + words((email or "").partition("@")[0])):
        yield {"word": word, "member_id": member_id}


def matching(
    db: Session, query: str, *where: ColumnElement[bool], actor: Actor, cursor: Cursor = FIRST
) -> Page[MemberRow]:
    """Members with, for each word of the query, a word that begins with it; and of that condition.

    Ordered by the matching word; an empty query gives the newest members. `cursor.after` is the
    `next` of the page before.
    """
    actor.require_anywhere(Permission.MEMBERS_READ)
    here = known_at(actor.sites(Permission.MEMBERS_READ))
    asked = sorted(words(query)[:_MAX_WORDS], key=len, reverse=True)
    skip = int(cursor.after[:9]) if cursor.after and cursor.after.isdecimal() else 0
    statement = select(MemberRow).where(here, *where)
    if not asked:
        statement = statement.order_by(MemberRow.id.desc())
    else:
        first, *others = asked
        statement = statement.join(MemberWord, MemberWord.member_id == MemberRow.id).where(
            MemberWord.word >= first, MemberWord.word < first + _LAST, *map(_has_word, others)
        )
        statement = statement.order_by(MemberWord.word, MemberWord.member_id)
    rows = list(db.scalars(statement.offset(skip).limit(cursor.limit + 1)))
    more = len(rows) > cursor.limit
    items = list(dict.fromkeys(rows[: cursor.limit]))
    return Page(items=items, next=str(skip + cursor.limit) if more else None)


def _has_word(prefix: str) -> ColumnElement[bool]:
    other = aliased(MemberWord)
    return exists().where(
        other.member_id == MemberRow.id, other.word >= prefix, other.word < prefix + _LAST
    )
