"""Retention: deletes rows with time; one step is one transaction at one site."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, or_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.domain.time import Utc
from controller.kernel.privacy.kinds import RetentionKind

MARGIN = timedelta(days=1)
"""Deletes a day late, in case the clock is up to a day ahead."""
GONE_REASON = "no longer kept"
"""Replaces a deleted text in a column that must not be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionScope:
    """The site, and the time before which rows are due for deletion."""

    site_id: str
    """Empty for rows that belong to no site."""
    before: Utc
    now: Utc
    keys: Sequence[Any] = ()
    """A batch of keys from `find`, if the step has one."""


@dataclass(frozen=True, slots=True)
class Retention:
    """A table's retention step, which removes, empties or freezes due rows and returns how many."""

    what: str
    """The step's name in the audit."""
    do: Callable[[Session, RetentionScope], int]
    period: RetentionKind | None = None
    """The retention period; None: the one of the table's rule."""
    is_of_sites: bool = True
    """Whether it runs per site and is recorded in the audit."""
    find: Callable[[Session, RetentionScope, int], Sequence[Any]] | None = None
    """Finds at most a number of due keys in a read-only transaction; `do` then gets them in
    batches. For large amounts, so that other transactions get their turn in between."""


def count_changed(db: Session, statement: Update | Delete) -> int:
    """Run a bulk statement and return how many rows it changed."""
    count: int = db.execute(statement).rowcount  # type: ignore[attr-defined]
    return count


def deletion_step(
    moment: InstrumentedAttribute[Any], *options: str
) -> Callable[[Session, RetentionScope], int]:
    """Return a step that deletes the rows whose moment has passed.

    `options`: execution options of the statement that are set to True.
    """
    statement = delete(moment.class_).execution_options(**dict.fromkeys(options, True))
    return lambda db, due: count_changed(db, statement.where(*_due_conditions(moment, due)))


def emptying_step(
    moment: InstrumentedAttribute[Any], values: Mapping[str, object], *options: str
) -> Callable[[Session, RetentionScope], int]:
    """Return a step like that of `deletion_step` that sets columns instead."""
    differ = or_(*(getattr(moment.class_, name).is_distinct_from(values[name]) for name in values))
    statement = update(moment.class_).where(differ).values(**values)
    statement = statement.execution_options(**dict.fromkeys(options, True))
    return lambda db, due: count_changed(db, statement.where(*_due_conditions(moment, due)))


def _due_conditions(
    moment: InstrumentedAttribute[Any], due: RetentionScope
) -> Iterator[ColumnElement[bool]]:
    yield moment < due.before
    if due.site_id:
        yield moment.class_.site_id == due.site_id
