"""What features tell of a site to whoever was away: each thing a row, with one next act."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy.orm import Session

from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc

AT_MOST = 100
"""Rows that one feature tells of; who asks is told that there may be more."""


class Part(StrEnum):
    """A part of the list; they stand in this order."""

    FAULTS = "faults"
    TOLD = "told"
    BADGES = "badges"
    PEOPLE = "people"
    RIGHTS = "rights"
    SESSIONS = "sessions"
    BOOKINGS = "bookings"
    MAINTENANCE = "maintenance"
    SAFETY = "safety"


class Weight(IntEnum):
    """How much it asks of whoever reads it."""

    BAD = 0
    """Nobody has taken it, and it cannot wait."""
    TODO = 1
    KNOW = 2
    FINE = 3
    """Good to know; nothing to do, nor to tick off."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a feature's catalogue, in plain English, to be said later in some language.

    Values may be texts of this kind, names in several languages, and moments.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    many: str = ""
    """For more than one, of which `n` is among the values."""


def say(text: str, **values: str | int | Utc | Name | Said) -> Said:
    """A text, with `%(name)s` to be filled in."""
    return Said(text, values)


def count(one: str, many: str, n: int) -> Said:
    """The text for n things."""
    return Said(one, {"n": n}, many)


def plain(text: str) -> Said:
    """What somebody wrote or is called: the same in each language."""
    return Said("%(said)s", {"said": text})


def quoted(text: str) -> Said:
    """What somebody wrote, as theirs."""
    return Said(N_("“%(said)s”"), {"said": text})


def moment(at: Utc) -> Said:
    """Nothing but when it was."""
    return Said("%(at)s", {"at": at})


@dataclass(frozen=True, slots=True)
class NextAction:
    """What to do next: a word that the feature's web side knows, and of what."""

    what: str
    of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One row."""

    part: Part
    names: tuple[str, ...]
    """What makes it itself, the feature first: told again, it is the same row."""
    at: Utc
    """When it was, or will be: rows of a part stand in this order."""
    title: Said
    facts: tuple[Said, ...] = ()
    weight: Weight = Weight.TODO
    action: NextAction | None = None
    key: str = field(init=False, compare=False)
    """By which it is ticked off: a hash, which tells nobody who is concerned."""

    def __post_init__(self) -> None:
        key = hashlib.sha256("\n".join(self.names).encode()).hexdigest()
        object.__setattr__(self, "key", key)  # asked for ten times for each row of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows: of a site, since when; of what is to come, until when."""

    site: str
    since: Utc
    now: Utc
    until: Utc
    oneself: str | None = None
    """The member who asks: what she may not do for herself is no news to her."""
    limit: int = AT_MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What one feature tells of, in a number of statements that does not grow with rows."""

    tell: Callable[[Session, Asked], Iterable[Happened]]
    actions: frozenset[str] = frozenset()
    """The words of its next acts."""
