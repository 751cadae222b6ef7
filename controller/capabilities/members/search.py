"""Find members by the beginnings of the words of their name, quickly among 100,000."""

import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.members.models import MemberRow, MemberWord
from controller.capabilities.members.network import known_at
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.shapes import Shape, Slug
from controller.policy.periods import Period, choose, periods_of

_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_MAX_WORDS = 6
_LONGEST = 40
_LAST = "\U0010ffff"


class Found(Shape, frozen=True, kw_only=True):
    """A member as a list of results shows it."""

    id: str
    display_name: str
    categories: tuple[str, ...]
    status: MemberStatus
    plan_id: Slug | None
    subscription_until: Utc | None


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


def search(
    db: Session, query: str, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[Found]:
    """Members with, for each word of the query, a word that begins with it.

    Ordered by the matching word; an empty query gives the newest members. `cursor.after` is the
    `next` of the page before.
    """
    actor.require_anywhere(Permission.MEMBERS_READ)
    sites = actor.sites(Permission.MEMBERS_READ)
    only = next(iter(sites)) if sites and len(sites) == 1 else None
    here = known_at(sites)
    asked = sorted(words(query)[:_MAX_WORDS], key=len, reverse=True)
    skip = int(cursor.after[:9]) if cursor.after and cursor.after.isdecimal() else 0
    statement = select(MemberRow).where(here)
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
    items = shapes(db, list(dict.fromkeys(rows[: cursor.limit])), now, only)
    return Page(items=items, next=str(skip + cursor.limit) if more else None)


def _has_word(prefix: str) -> ColumnElement[bool]:
    other = aliased(MemberWord)
    return exists().where(
        other.member_id == MemberRow.id, other.word >= prefix, other.word < prefix + _LAST
    )


def shapes(db: Session, rows: list[MemberRow], now: Utc, site_id: str | None) -> list[Found]:
    """The rows as results, with the subscription that holds now, at one site or at any."""
    periods = periods_of(db, [row.id for row in rows], site_id)
    return [_shape(row, choose(periods.get(row.id, []), now)) for row in rows]


def _shape(row: MemberRow, period: Period | None) -> Found:
    return Found(
        id=row.id,
        display_name=row.display_name,
        categories=tuple(row.categories),
        status=row.status,
        plan_id=period.plan if period else None,
        subscription_until=period.end if period else None,
    )
