"""Everything by which a person can be found: ids, references, and the words that name them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.actor import Actor


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
    """Names, addresses and numbers; one at least once they are looked up."""

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


def pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Finds any of these names, one at least, in a text, whatever its case."""
    spelled = [r"\s+".join(map(re.escape, each.split())) for each in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)", re.IGNORECASE)
