"""A table's personal-data rule: purpose, erasure, export and retention."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, cast

from sqlalchemy import Boolean, ColumnElement, Integer, Table
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.privacy.kinds import Data, ErasureKind, Purpose, RetentionKind
from controller.kernel.privacy.names import NOBODY, NameFinder
from controller.kernel.privacy.retention import Retention
from controller.store.base import Base

# Everything by which a person can be found: ids, references, and the words that name them.


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything by which the database refers to a person."""

    id: str
    ref: str
    site_id: str
    accounts: tuple[str, ...]
    holder_keys: tuple[str, ...]
    actors: tuple[str, ...]
    """Actor references of the person: `member:ID`, `account:ID`, `token:ID`."""
    former: tuple[str, ...] = ()
    """Ids of records that were merged into theirs."""
    former_refs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Those to which nobody else is written."""
    sites: frozenset[str | None] = frozenset()
    """Their home site; None among them: it is the only one."""
    reference_finder: NameFinder = NOBODY
    """Finds their ids and references, which nobody can choose."""
    finder: NameFinder = NOBODY
    """Finds what leads to this person."""
    finders_since: tuple[tuple[Utc, NameFinder], ...] = ()
    """The same with the names that they had since a time, the last first."""
    own_finder: NameFinder = NOBODY
    """Finds any word of their names, for rows that lead to them."""
    doubtful_finder: NameFinder = NOBODY
    """Finds what may be their name, or somebody else's, or an ordinary word."""

    @property
    def references(self) -> tuple[str, ...]:
        """References that agents and events use for them."""
        return (self.ref, *self.former_refs, *self.holder_keys)

    def finder_at(self, site_id: str | None, at: Utc | None) -> NameFinder:
        """Finds what leads to them in a text about anybody, of a site, that was written then.

        A name of theirs in an older text, or in one of another site, is somebody
        else's, or was chosen to have that text changed.
        """
        if at is None or site_id not in self.sites:
            return self.reference_finder
        finders = (finder for since, finder in self.finders_since if since <= at)
        return next(finders, self.reference_finder)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureInProgress:
    """Somebody is being erased."""

    person: Person
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True)
class PersonalDataRule:
    """What was decided for a table; a test fails for a table or a column without a decision.

    The columns stand by what they hold (`Data`), with blanks between their names.
    """

    model: type[Base]
    purpose: Purpose = Purpose.NONE
    kept: RetentionKind = RetentionKind.PLACE
    erased: ErasureKind = ErasureKind.NOTHING
    _: KW_ONLY
    plain: str = ""
    member: str = ""
    ref: str = ""
    account: str = ""
    actor: str = ""
    identity: str = ""
    about: str = ""
    help: str = ""
    words: str = ""
    text: str = ""
    reference: str = ""
    label: str = ""
    body: str = ""
    booked: str = ""
    raw: str = ""
    sealed: str = ""
    named: bool = False
    """An export says what its ids are called: it has the columns `id` and `name`."""
    is_proof: bool = False
    """Its texts say why something was decided or paid: a name goes by itself only from the rows
    that lead to the person, or from what was done to them."""
    whereabouts: bool = False
    """Whether it shows where somebody is or on which days they came; exported to that person
    only."""
    stays: str | None = None
    """What an erasure keeps of it, as a catalogue text."""
    retention: Retention | None = None
    """What is deleted with time, besides the erasure of the member."""
    current: Callable[[Utc], ColumnElement[bool]] | None = None
    """The condition that a member (`MemberRow`) had something here since a time, or has still: they
    are not erased for having been away."""
    hinders: Callable[[Session, ErasureInProgress], str | None] | None = None
    """Why a person can't be erased now, and what to do about it: a text of the catalogues."""
    at_erasure: Callable[[Session, ErasureInProgress], int] | None = None
    """Further work at an erasure; returns how many rows to report."""
    remove: Callable[[Session, Any], None] | None = None
    """How one of its rows is deleted; None: it has no consequences."""

    @property
    def table(self) -> Table:
        return cast(Table, self.model.__table__)

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.table.name)

    @property
    def columns(self) -> Mapping[str, Data]:
        """What each column holds."""
        return {name: kind for kind in Data for name in self.of(kind)}

    def of(self, *kinds: Data) -> list[str]:
        """The names of the columns that hold this."""
        return [name for kind in kinds for name in self._named(kind)]

    def _named(self, kind: Data) -> list[str]:
        """The declared columns of a kind; in a table without people, numbers and booleans are
        PLAIN too."""
        named: list[str] = getattr(self, kind.value).split()
        if kind is Data.PLAIN and self.purpose is Purpose.NONE:
            decided = {name for kind in Data for name in getattr(self, kind.value).split()}
            named += [
                column.name
                for column in self.table.columns
                if isinstance(column.type, Integer | Boolean) and column.name not in decided
            ]
        return named

    def column(self, name: str) -> Any:
        """The model's attribute for a column."""
        return getattr(self.model, name)

    def rows(self, person: Person, *also: Data) -> list[ColumnElement[bool]]:
        """The conditions, any of which leads from a row to this person; none: no row does."""
        keys = {
            Data.MEMBER: (person.id, *person.former),
            Data.REF: (person.ref, *person.former_refs),
            Data.ACCOUNT: person.accounts,
            Data.ACTOR: tuple(f"member:{key}" for key in (person.id, *person.former)),
        }
        leading = (Data.MEMBER, Data.REF, Data.ACCOUNT, *also)
        return [self.column(name).in_(keys[kind]) for kind in leading for name in self.of(kind)]


def rules_of(db: Session) -> tuple[PersonalDataRule, ...]:
    """The rules of all features, in order: a table comes after those that it refers to."""
    rules: tuple[PersonalDataRule, ...] = db.info["house"].personal_data
    return rules
