"""Activity that features report for a site, as rows with at most one next action each."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy.orm import Session

from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc

ROW_LIMIT = 100
"""Most rows per feature; a list of this length may be incomplete."""


class Part(StrEnum):
    """Parts of the list, in their order on the page."""

    FAULTS = "faults"
    USER_REPORTS = "told"
    BADGES = "badges"
    PEOPLE = "people"
    RIGHTS = "rights"
    SESSIONS = "sessions"
    BOOKINGS = "bookings"
    MAINTENANCE = "maintenance"
    SAFETY = "safety"


class Weight(IntEnum):
    """How urgent a row is."""

    BAD = 0
    """Urgent, and nobody has taken charge of it."""
    TODO = 1
    KNOW = 2
    FINE = 3
    """For information only; it need not be ticked off."""


@dataclass(frozen=True, slots=True)
class ActivityText:
    """A text of a feature's catalogue, in plain English, to be translated when shown.

    Values may be texts of this kind, names in several languages, and moments.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    many: str = ""
    """The plural text; `n` is among the values."""


def say(text: str, **values: str | int | Utc | Name | ActivityText) -> ActivityText:
    """Return a text with `%(name)s` to be filled in."""
    return ActivityText(text, values)


def count(singular: str, plural: str, n: int) -> ActivityText:
    """Return the text for n things."""
    return ActivityText(singular, {"n": n}, plural)


def plain(text: str) -> ActivityText:
    """Return a text for a name or free text, which is not translated."""
    return ActivityText("%(said)s", {"said": text})


def quote(text: str) -> ActivityText:
    """Free text in quotation marks."""
    return ActivityText(N_("“%(said)s”"), {"said": text})


def moment(at: Utc) -> ActivityText:
    """Return a text that consists of a moment."""
    return ActivityText("%(at)s", {"at": at})


@dataclass(frozen=True, slots=True)
class NextAction:
    """The next action: a code that the feature's web part knows, and what it applies to."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """A row of *Catch up*: what happened, where, when, and what can be done next."""

    part: Part
    names: tuple[str, ...]
    """Identifies the row, so that it stays ticked off: the feature, then ids."""
    at: Utc
    """When it happened or will happen; rows are sorted by it."""
    title: ActivityText
    facts: tuple[ActivityText, ...] = ()
    weight: Weight = Weight.TODO
    action: NextAction | None = None
    key: str = field(init=False, compare=False)
    """Key under which the row is ticked off: a hash, so that it reveals nobody."""

    def __post_init__(self) -> None:
        key = hashlib.sha256("\n".join(self.names).encode()).hexdigest()
        object.__setattr__(self, "key", key)  # asked for ten times for each row of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityQuery:
    """Which rows to read: of a site, since when, and up to when in the future."""

    site: str
    since: Utc
    now: Utc
    until: Utc
    oneself: str | None = None
    """The member who asks; members may not take some actions for themselves, which are left out."""
    limit: int = ROW_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySource:
    """Reads one feature's rows, with a number of queries that does not grow with the rows."""

    read_rows: Callable[[Session, ActivityQuery], Iterable[ActivityRow]]
    actions: frozenset[str] = frozenset()
