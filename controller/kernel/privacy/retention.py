"""What goes with time: a step is what one transaction of a run does at one site."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, or_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.domain.time import Utc
from controller.kernel.privacy.kinds import Kept

MARGIN = timedelta(days=1)
"""Whatever goes with time goes a day late: a clock that is a day ahead takes nothing too early."""
GONE = "no longer kept"
"""Stands where words were that had to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is over: at this site, before this time."""

    site_id: str
    """Empty for what belongs to no site."""
    before: Utc
    now: Utc
    keys: Sequence[Any] = ()
    """The batch of what was found, for a step that looks first."""


@dataclass(frozen=True, slots=True)
class Retention:
    """A table's step: removes, empties or freezes what is due, and says how many rows that was."""

    what: str
    """As the audit calls it."""
    do: Callable[[Session, Due], int]
    kept: Kept | None = None
    """By which time it goes; None: the table's own."""
    is_of_sites: bool = True
    """Whether it is done site by site, and stands in the audit."""
    find: Callable[[Session, Due, int], Sequence[Any]] | None = None
    """Looks, in a transaction that only reads, for at most so many keys of what is due; `do` is
    then given them in batches. For what is so much that others must get their turn in between."""


def changed(db: Session, statement: Update | Delete) -> int:
    """Run a bulk statement; returns how many rows it has changed."""
    count: int = db.execute(statement).rowcount  # type: ignore[attr-defined]
    return count


def removes(moment: InstrumentedAttribute[Any], *options: str) -> Callable[[Session, Due], int]:
    """A step that deletes the rows whose moment has passed; `options` of the statement are set."""
    statement = delete(moment.class_).execution_options(**dict.fromkeys(options, True))
    return lambda db, due: changed(db, statement.where(*_over(moment, due)))


def empties(
    moment: InstrumentedAttribute[Any], values: Mapping[str, object], *options: str
) -> Callable[[Session, Due], int]:
    """As `removes`, of rows of which only these values are left in their columns."""
    differ = or_(*(getattr(moment.class_, name).is_distinct_from(values[name]) for name in values))
    statement = update(moment.class_).where(differ).values(**values)
    statement = statement.execution_options(**dict.fromkeys(options, True))
    return lambda db, due: changed(db, statement.where(*_over(moment, due)))


def _over(moment: InstrumentedAttribute[Any], due: Due) -> Iterator[ColumnElement[bool]]:
    yield moment < due.before
    if due.site_id:
        yield moment.class_.site_id == due.site_id
