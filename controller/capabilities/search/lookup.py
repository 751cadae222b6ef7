"""Finds badges by their number, and people and access points by the beginnings of their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.vault import Vault
from controller.capabilities.groups import groups
from controller.capabilities.groups.shapes import Group
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.search import matching_members, words
from controller.domain.facts import Name, PointKind
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.paging import Cursor
from controller.policy.reading import from_json

RESULT_LIMIT = 6
"""Maximum number of people, and of access points, in the results."""
_HEX = re.compile(r"[0-9A-F]+")
_UID_LENGTHS = frozenset({8, 14, 20})
"""Number of hexadecimal digits of a card's number of 4, 7 or 10 bytes."""
_EM_LENGTH = 10
"""Number of digits that are printed on an EM4100 tag."""
NUMBER = re.compile(r"\s*(?:(?:uid|em|wg\d\d):[0-9A-Fa-f: ]+|(?=.*\d)[0-9A-Fa-f]{8,20})\s*")
"""A badge's number as a reader types it, with or without its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """A found member; `by_badge`: by their badge's number."""

    id: str
    name: str
    by_badge: bool = False
    badge: str = ""
    """Id of the badge; empty unless `by_badge`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPoint:
    """A found machine or door."""

    id: str
    kind: PointKind
    name: Name
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    """The results of a search, best first."""

    people: tuple[FoundPerson, ...] = ()
    points: tuple[FoundPoint, ...] = ()


def find(db: Session, query: str, site_id: str, *, vault: Vault, actor: Actor) -> SearchResults:
    """Search the site for what the actor may see; an empty query has no results."""
    if not words(query):
        return SearchResults()
    if NUMBER.fullmatch(query) and actor.may(Permission.MEMBERS_READ, site_id):
        holder = _by_badge(db, query, vault, actor)
        if holder is not None:
            return SearchResults(people=(holder,))
    return SearchResults(
        people=_people(db, query, site_id, actor),
        points=find_points(db, query, site_id, actor=actor),
    )


def group_of(db: Session, query: str, site_id: str, *, vault: Vault, actor: Actor) -> Group | None:
    """Return the site's group whose badge has this number, or None."""
    for number in possible_numbers(query):
        try:
            group = groups.of_badge(db, number, vault=vault, actor=actor)
        except Invalid:
            continue
        if group is not None and group.site_id == site_id:
            return group
    return None


def possible_numbers(text: str) -> Iterable[str]:
    """Yield the badge numbers that a text may mean, since most readers type only the digits."""
    bare = text.strip()
    kind, separator, number_part = bare.partition(":")
    if separator:
        yield f"{kind.lower()}:{number_part.replace(' ', '').upper()}"
        return
    digits = bare.upper()
    if len(digits) in _UID_LENGTHS and _HEX.fullmatch(digits):
        yield f"uid:{digits}"
    if len(digits) == _EM_LENGTH and digits.isdecimal():
        yield f"em:{digits}"


def matches(query: str, *names: str | None) -> bool:
    """Return whether each query word is the beginning of a word in the names, ignoring accents and
    case."""
    name_words = [word for name in names if name for word in words(name)]
    return all(
        any(word.startswith(query_word) for word in name_words) for query_word in words(query)
    )


def _by_badge(db: Session, query: str, vault: Vault, actor: Actor) -> FoundPerson | None:
    for number in possible_numbers(query):
        try:
            badge = credentials.find(db, number, vault=vault, actor=actor)
        except Invalid:
            continue
        if badge is not None:
            member = members.get(db, badge.member_id, actor=actor)
            name = member.display_name
            return FoundPerson(id=member.id, name=name, by_badge=True, badge=badge.id)
    return None


def _people(db: Session, query: str, site_id: str, actor: Actor) -> tuple[FoundPerson, ...]:
    if not actor.may(Permission.MEMBERS_READ, site_id):
        return ()
    page = matching_members(db, query, actor=actor, cursor=Cursor(limit=RESULT_LIMIT))
    return tuple(FoundPerson(id=row.id, name=row.display_name) for row in page.items)


def find_points(db: Session, query: str, site_id: str, *, actor: Actor) -> tuple[FoundPoint, ...]:
    """Return the machines and doors whose name or id matches. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    columns = (AccessPointRow.id, AccessPointRow.kind, AccessPointRow.name, AccessPointRow.icon)
    statement = select(*columns).where(AccessPointRow.site_id == site_id)
    all_points = (
        FoundPoint(id=key, kind=kind, name=from_json(name, Name), icon=icon)
        for key, kind, name, icon in db.execute(statement.order_by(AccessPointRow.id))
    )
    fitting = [
        point for point in all_points if matches(query, point.name.fr, point.name.en, point.id)
    ]
    return tuple(fitting[:RESULT_LIMIT])
