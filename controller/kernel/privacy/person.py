"""Everything by which a person can be found: ids, references, and the words that name them."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.privacy.names import NOBODY, NameFinder


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the database has to find somebody by."""

    id: str
    ref: str
    site_id: str
    accounts: tuple[str, ...]
    holder_keys: tuple[str, ...]
    actors: tuple[str, ...]
    """As whom they acted: `member:ID`, `account:ID`, `token:ID`."""
    former: tuple[str, ...] = ()
    """Ids of records that were merged into theirs."""
    former_refs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Names, addresses and numbers, as they stand in the columns for them."""
    finder: NameFinder = NOBODY
    """Finds what leads to this person wherever it stands."""
    own_finder: NameFinder = NOBODY
    """Finds any word of their names, for rows that lead to them."""
    doubtful_finder: NameFinder = NOBODY
    """Finds what may be their name, or somebody else's, or an ordinary word."""

    @property
    def references(self) -> tuple[str, ...]:
        """What agents and events call them."""
        return (self.ref, *self.former_refs, *self.holder_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """Somebody is being erased."""

    person: Person
    actor: Actor
    now: Utc
