"""Facts: how a feature's tables become rows of the policy, and what changes them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, true
from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState, Session

from controller.domain.time import Utc
from controller.store.base import Base

V = TypeVar("V")


class Invalidation(NamedTuple):
    """Something that may have changed for agents: a fact's kind and key, and its site.

    Without a site: wherever `dependents` of that kind say, else at every site.
    """

    kind: str
    key: str
    site: str | None = None


Keys = Sequence[str] | None
"""Keys of facts, at most CHUNK; None: all that the site has."""
Fields = dict[str, dict[str, Any]]
"""Fields of a row's value, by the fact's key."""
Read = Callable[[Session, str, Keys, Utc], Fields]
"""Reads facts of a site as of a time, in a fixed number of statements; leaves out what is gone."""
Give = Callable[[Session, str, Sequence[str], Utc], Fields]
"""Reads more fields of these facts of another feature, and of no others."""
Note = Callable[[Any], Iterable[Invalidation]]
"""Invalidations caused by creating, changing or deleting a row; called before the flush, without
I/O."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A kind of fact, and how the policy's rows are made of it."""

    kind: str
    read: Read
    value: Callable[..., object]
    """Makes the row's value of its fields: the feature's own, and those that others give."""
    table: str = ""
    """The policy table; by default the name of the kind."""
    expand: Callable[[Session, Sequence[str]], Iterable[tuple[str, str, dict[str, Any]]]] | None = (
        None
    )
    """Where a fact has any number of rows: its key, a row's key, and fields of that row alone."""
    every: Callable[[str], Select[str]] | None = None
    """The keys at a site, where they are too many to be read at once."""


Values = dict[str, Any]
"""Values of a table's rows, by key; of what is gone, None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMapping:
    """Rows that a site's agents know under other keys than the house does."""

    tables: Mapping[str, Callable[[Session, str, Values], Values]]
    """By table: the house's rows as that site's agents have them."""
    names: Callable[[Session, Sequence[str], str | None], set[str]]
    """Maps keys to the ones that agents of a site, or of any site, use."""
    forget: Callable[[Session, Sequence[str]], None]
    """The house has removed these, and no policy has a row of them any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """What one feature contributes to the policy. Everything works on sets, never one statement
    per row."""

    rows: tuple[Rows, ...] = ()
    parts: Mapping[str, Give] = field(default_factory=dict)
    """Parts of a row by the kind of fact that they come from."""
    watches: Mapping[type[Base], Note] = field(default_factory=dict)
    removes: Mapping[type[Base], Callable[[Any], Iterable[tuple[str, str]]]] = field(
        default_factory=dict
    )
    """Table and key of each row of the policy that goes, wherever it stands, with a row that is
    removed; unless this transaction makes it again."""
    dependents: Mapping[str, Callable[[Session, list[str]], Iterable[Invalidation]]] = field(
        default_factory=dict
    )
    """Dependents of facts by kind; called at the commit, before the sites are locked."""
    site_dependents: Mapping[str, Callable[[Session, str, list[str]], Iterable[Invalidation]]] = (
        field(default_factory=dict)
    )
    """Dependents at one site; called under the site's lock."""
    due: Callable[[Session, Utc, Utc], Iterable[Invalidation]] = lambda db, since, now: ()
    """Invalidations caused by time alone between two moments."""
    key_mapping: KeyMapping | None = None
    """One feature at most has it."""


class Facts:
    """The contributions of all features, in order."""

    def __init__(self, contributors: Iterable[Contributor]) -> None:
        """Raises ValueError when a kind is given twice, or has parts and no rows."""
        self.contributors = tuple(contributors)
        self.rows = _once(row for one in self.contributors for row in one.rows)
        self.parts = _gathered(one.parts for one in self.contributors)
        self.watches = _gathered(one.watches for one in self.contributors)
        self.removes = _gathered(one.removes for one in self.contributors)
        # What a later feature finds may be of a kind of an earlier one, and never the other way.
        self.dependents = _gathered(one.dependents for one in reversed(self.contributors))
        self.site_dependents = _gathered(one.site_dependents for one in self.contributors)
        self.key_mapping = next(
            (one.key_mapping for one in self.contributors if one.key_mapping), None
        )
        if unknown := self.parts.keys() - self.rows.keys():
            raise ValueError(f"no feature has facts of this kind: {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHooks:
    """Hooks by which each transaction keeps the policy in step with the facts
    (controller.policy)."""

    collect: Callable[[Session], None]
    """Before each flush: note what changes."""
    guard_bulk: Callable[[ORMExecuteState], None]
    """Refuse a statement that would hide a change."""
    flush: Callable[[Session, Utc], None]
    """Before the commit, after all changes of facts: compile what they concern."""


def at_its_site(kind: str) -> Note:
    """For rows with an id and a site: that very fact."""
    return lambda row: (Invalidation(kind, row.id, row.site_id),)


def key_condition(column: InstrumentedAttribute[str], keys: Keys) -> ColumnElement[bool]:
    """The condition that a column is one of the keys."""
    return true() if keys is None else column.in_(keys)


def _once(given: Iterable[Rows]) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for fact_kind in given:
        if found.setdefault(fact_kind.kind, fact_kind) is not fact_kind:
            raise ValueError(f"two features give facts of kind {fact_kind.kind}")
    return found


def _gathered(given: Iterable[Mapping[Any, V]]) -> dict[Any, tuple[V, ...]]:
    found: dict[Any, tuple[V, ...]] = {}
    for mapping in given:
        for key, value in mapping.items():
            found[key] = (*found.get(key, ()), value)
    return found
