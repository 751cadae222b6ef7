"""What happens in other features when one changes something: in order, in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Reaction(Generic[C]):
    """A feature's answer to a typed change of a feature before it, which does not know of it."""

    to: type[C]
    do: Callable[[Session, C], None]


def happen(db: Session, change: object) -> None:
    """Tell every feature of a change, in their order. What one raises undoes it all."""
    reactions: tuple[Reaction[Any], ...] = db.info["house"].reactions
    for reaction in reactions:
        if isinstance(change, reaction.to):
            reaction.do(db, change)
