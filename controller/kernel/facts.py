"""Facts: how a feature's tables become rows of the policy, and which changes affect them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, true
from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState, Session

from controller.domain.time import Utc
from controller.store.base import Base

V = TypeVar("V")


class Invalidation(NamedTuple):
    """A fact that may have changed for agents: its kind, key and site.

    Without a site: at the sites that `dependents` of that kind return, else at every site.
    """

    kind: str
    key: str
    site: str | None = None


Keys = Sequence[str] | None
"""Keys of facts, at most CHUNK; None: all of the site."""
Fields = dict[str, dict[str, Any]]
"""Fields of a row's value, by the fact's key."""
Read = Callable[[Session, str, Keys, Utc], Fields]
"""Reads facts of a site at a time, with a fixed number of queries; deleted ones are left out."""
ReadPart = Callable[[Session, str, Sequence[str], Utc], Fields]
"""Reads additional fields for these facts of another feature, and for no others."""
Note = Callable[[Any], Iterable[Invalidation]]
"""Returns the invalidations of a created, changed or deleted row, without I/O."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind:
    """A kind of fact, and how rows of the policy are made from it."""

    kind: str
    read: Read
    value: Callable[..., object]
    """Builds the row's value from its fields: the feature's own, and those of other features."""
    table: str = ""
    """The policy table; by default the name of the kind."""
    expand: Callable[[Session, Sequence[str]], Iterable[tuple[str, str, dict[str, Any]]]] | None = (
        None
    )
    """For facts with several rows: yields the fact's key, a row's key, and its fields."""
    site_keys: Callable[[str], Select[str]] | None = None
    """Query for the keys at a site, if they are too many to be read at once."""


Values = dict[str, Any]
"""Values of a table's rows, by key; None for a deleted row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMapping:
    """Rows whose keys for a site's agents differ from the installation's keys."""

    tables: Mapping[str, Callable[[Session, str, Values], Values]]
    """By table: converts the installation's rows to those for the site's agents."""
    names: Callable[[Session, Sequence[str], str | None], set[str]]
    """Maps keys to those that agents of a site (None: of any site) use."""
    forget: Callable[[Session, Sequence[str]], None]
    """Called with keys that were removed, once no policy has a row with them any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """What one feature contributes to the policy; reads sets of rows."""

    rows: tuple[FactKind, ...] = ()
    parts: Mapping[str, ReadPart] = field(default_factory=dict)
    """Parts of other features' rows, by the kind of fact."""
    watches: Mapping[type[Base], Note] = field(default_factory=dict)
    """By table class, the invalidations that a changed row causes."""
    removes: Mapping[type[Base], Callable[[Any], Iterable[tuple[str, str]]]] = field(
        default_factory=dict
    )
    """By table class: table and key of each policy row to remove at every site when a row is
    deleted, unless this transaction creates it again."""
    dependents: Mapping[str, Callable[[Session, list[str]], Iterable[Invalidation]]] = field(
        default_factory=dict
    )
    """Dependents of facts, by kind; called at the commit, before the sites are locked."""
    site_dependents: Mapping[str, Callable[[Session, str, list[str]], Iterable[Invalidation]]] = (
        field(default_factory=dict)
    )
    """Dependents at one site, by kind; called while the site is locked."""
    time_effects: Callable[[Session, Utc, Utc], Iterable[Invalidation]] = lambda db, since, now: ()
    """Invalidations that are caused by the passing of time between two moments."""
    key_mapping: KeyMapping | None = None
    """At most one feature has one."""


class Facts:
    """The contributions of all features, in the order of features."""

    def __init__(self, contributors: Iterable[Contributor]) -> None:
        """Raises ValueError for duplicate kinds, and for parts without rows."""
        self.contributors = tuple(contributors)
        self.rows = _by_kind(row for contributor in self.contributors for row in contributor.rows)
        self.parts = _merge(contributor.parts for contributor in self.contributors)
        self.watches = _merge(contributor.watches for contributor in self.contributors)
        self.removes = _merge(contributor.removes for contributor in self.contributors)
        # A later feature's dependents may be facts of an earlier feature, never the other way
        # round.
        self.dependents = _merge(
            contributor.dependents for contributor in reversed(self.contributors)
        )
        self.site_dependents = _merge(
            contributor.site_dependents for contributor in self.contributors
        )
        self.key_mapping = next(
            (
                contributor.key_mapping
                for contributor in self.contributors
                if contributor.key_mapping
            ),
            None,
        )
        if unknown := self.parts.keys() - self.rows.keys():
            raise ValueError(f"no feature has facts of this kind: {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHooks:
    """Hooks that keep the policy in step with the facts in each transaction (controller.policy)."""

    collect: Callable[[Session], None]
    """Called before each flush, to note what changes."""
    guard_bulk: Callable[[ORMExecuteState], None]
    """Refuses a bulk statement whose changes would not be noticed."""
    flush: Callable[[Session, Utc], None]
    """Called before the commit, after all changes of facts, to compile the affected rows."""


def at_its_site(kind: str) -> Note:
    """Return a `Note` for tables with an id and a site, which invalidates the row's own fact."""
    return lambda row: (Invalidation(kind, row.id, row.site_id),)


def key_condition(column: InstrumentedAttribute[str], keys: Keys) -> ColumnElement[bool]:
    """Return the condition that a column has one of the keys."""
    return true() if keys is None else column.in_(keys)


def _by_kind(kinds: Iterable[FactKind]) -> dict[str, FactKind]:
    by_kind: dict[str, FactKind] = {}
    for fact_kind in kinds:
        if by_kind.setdefault(fact_kind.kind, fact_kind) is not fact_kind:
            raise ValueError(f"two features give facts of kind {fact_kind.kind}")
    return by_kind


def _merge(mappings: Iterable[Mapping[Any, V]]) -> dict[Any, tuple[V, ...]]:
    merged: dict[Any, tuple[V, ...]] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            merged[key] = (*merged.get(key, ()), value)
    return merged
