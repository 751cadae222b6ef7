"""Everything by which a person can be found: ids, references, and the words that name them."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.privacy.names import NOBODY, NameFinder


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
    """Where they are known; None among them: at all sites."""
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

        A name of theirs in an older text, or in one of a site that never knew them, is somebody
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
