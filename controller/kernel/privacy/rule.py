"""A table's personal-data rule: purpose, erasure, export and retention."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, text
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.privacy.kinds import ErasureKind, Purpose, RetentionKind
from controller.kernel.privacy.names import NOBODY, NameFinder
from controller.kernel.privacy.retention import Retention
from controller.kernel.read_memo import memoise
from controller.store.base import Base
from controller.store.data_kinds import Data, kind_of

# Everything by which a person can be found: ids, references, names and addresses.


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything by which the database refers to a person."""

    id: str
    ref: str
    site_id: str
    accounts: tuple[str, ...]
    holder_keys: Mapping[str, Utc]
    """The keys of the badges that the person has now, and since when they have each."""
    actors: tuple[str, ...]
    """Actor references of the person: `member:ID`, `account:ID`, `token:ID`."""
    former: tuple[str, ...] = ()
    """Ids of records that were merged into the person's."""
    former_refs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Addresses that nobody else uses."""
    sites: frozenset[str | None] = frozenset()
    """The person's home site; None in it means that the installation has only this site."""
    reference_finder: NameFinder = NOBODY
    """Finds the person's ids and references, which nobody can choose."""
    finder: NameFinder = NOBODY
    """Finds everything that identifies this person."""
    finders_since: tuple[tuple[Utc, NameFinder], ...] = ()
    """For each time at which the person got a name: that time, and a finder for the names that the
    person had by then; newest first."""
    own_finder: NameFinder = NOBODY
    """Finds any word of the person's names, for rows that refer to the person."""
    doubtful_finder: NameFinder = NOBODY
    """Finds words that may be the person's name, somebody else's, or ordinary words."""

    @property
    def references(self) -> tuple[str, ...]:
        """Return the references that agents and events use for the person."""
        return (self.ref, *self.former_refs, *self.holder_keys)

    def finder_at(self, site_id: str | None, at: Utc | None) -> NameFinder:
        """Return a finder for a text about anybody, of that site, written at that time.

        In a text that is older than the person's name, or from another site, the name may belong to
        somebody else, or the person may have taken it to get the text altered. In such texts only
        references are found.
        """
        if at is None or site_id not in self.sites:
            return self.reference_finder
        finders = (finder for since, finder in self.finders_since if since <= at)
        return next(finders, self.reference_finder)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureInProgress:
    """The erasure of a person: who is erased, by whom, and when."""

    person: Person
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True)
class PersonalDataRule:
    """The decisions about a table's personal data; a test fails for a table without one.

    The model's annotations give the kind of each column.
    """

    model: type[Base]
    purpose: Purpose = Purpose.NONE
    retention_kind: RetentionKind = RetentionKind.PLACE
    erasure_kind: ErasureKind = ErasureKind.NOTHING
    _: KW_ONLY
    adds_names_to_export: bool = False
    """Whether a person's export shows the row's name beside each id that refers to it.

    The table must have the columns `id` and `name`.
    """
    is_proof: bool = False
    """Whether its texts explain a decision or a payment.

    A name in them is then removed automatically only in rows that refer to the person, or to what
    was done to the person.
    """
    is_computed: bool = False
    """Whether its rows are computed from other tables, so that a row does not mean that the member
    was active."""
    whereabouts: bool = False
    """Whether it shows where people are or on which days they came; it is exported to that person
    only."""
    retained_note: str | None = None
    """What an erasure keeps of the table, as a catalogue text."""
    retention: Retention | None = None
    """The step that deletes rows with time, apart from erasures."""
    current: Callable[[Utc], ColumnElement[bool]] | None = None
    """Returns the condition that a member (`MemberRow`) has a row here that was valid at a time or
    later.

    Such members are not erased for inactivity.
    """
    erasure_blocker: Callable[[Session, ErasureInProgress], str | None] | None = None
    """Returns why a person can't be erased now and what to do about it, as a catalogue text; None:
    nothing prevents it."""
    at_erasure: Callable[[Session, ErasureInProgress], int] | None = None
    """Additional work at an erasure; returns how many rows to report."""
    remove: Callable[[Session, Any], None] | None = None
    """Deletes a row with its consequences; None: it has no consequences."""
    columns: Mapping[str, Data] = field(init=False, compare=False, repr=False)
    """The kind of data of each column."""

    def __post_init__(self) -> None:
        """Read the kinds of the columns. Raises TypeError for a column without one."""
        kinds = {column.name: kind_of(column) for column in self.table.columns}
        object.__setattr__(self, "columns", kinds)

    @property
    def table(self) -> Table:
        """Return the SQLAlchemy table."""
        return cast(Table, self.model.__table__)

    @property
    def name(self) -> str:
        """Return the table's name."""
        return str(self.table.name)

    def of(self, *kinds: Data) -> list[str]:
        """Return the names of the columns with data of these kinds."""
        return [name for kind in kinds for name in self.columns if self.columns[name] is kind]

    def column(self, name: str) -> Any:
        """Return the model's attribute for a column."""
        return getattr(self.model, name)

    def conditions(self, person: Person, *more_kinds: Data) -> list[ColumnElement[bool]]:
        """Return the conditions, any of which means that a row refers to the person.

        `more_kinds`: columns to compare besides ids, references and accounts.
        """
        keys = {
            Data.MEMBER: (person.id, *person.former),
            Data.REF: (person.ref, *person.former_refs),
            Data.ACCOUNT: person.accounts,
            Data.ACTOR: tuple(f"member:{key}" for key in (person.id, *person.former)),
        }
        kinds = (Data.MEMBER, Data.REF, Data.ACCOUNT, *more_kinds)
        return [self.column(name).in_(keys[kind]) for kind in kinds for name in self.of(kind)]


def rules_of(db: Session) -> tuple[PersonalDataRule, ...]:
    """Return the rules of all features, in order; a table comes after those that it refers to."""
    rules: tuple[PersonalDataRule, ...] = db.info["house"].personal_data
    return rules


def with_rows(db: Session, rules: Iterable[PersonalDataRule]) -> list[PersonalDataRule]:
    """Return the rules whose tables have any rows: a small place has none in most of them."""

    def read() -> set[str]:
        db.flush()  # a statement of text alone does not
        return set(db.scalars(text(_filled_tables_query(rules_of(db)))))

    filled = memoise(db, "tables with rows", read)
    return [rule for rule in rules if rule.name in filled]


@cache
def _filled_tables_query(rules: tuple[PersonalDataRule, ...]) -> str:
    """Return the statement that selects the names of the tables with rows."""
    return " UNION ALL ".join(
        f"SELECT '{it.name}' WHERE EXISTS (SELECT 1 FROM \"{it.name}\")"  # noqa: S608  names of ours
        for it in rules
    )
