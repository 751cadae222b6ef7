"""Reads what the hub sends: a site's head, and its rows after a version, page by page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from msgspec import Raw
from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from controller.kernel.errors import NotFound
from controller.policy.models import PolicyRow, PolicySite
from controller.wire import rows as wire

_BATCH = 500
_ROW_OVERHEAD = 64
"""An upper limit for the bytes of a row's JSON besides table, key, version and value."""


@dataclass(frozen=True, slots=True)
class Head:
    """The current version of a site's policy."""

    site_id: str
    epoch: int
    version: int
    holders: int
    digest: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows in the order of their versions; `next` is the cursor of the next page, None at the
    end."""

    rows: tuple[wire.Row, ...]
    next: str | None


def head(db: Session, site_id: str) -> Head:
    """Return the site's head. Raises NotFound."""
    row = db.get(PolicySite, site_id, populate_existing=True)
    if row is None:
        raise NotFound("site", site_id)
    return _head(row)


def heads(db: Session) -> list[Head]:
    """Return the heads of all sites."""
    return [_head(row) for row in db.scalars(select(PolicySite).order_by(PolicySite.site_id))]


def _head(row: PolicySite) -> Head:
    return Head(row.site_id, row.epoch, row.version, row.holders, row.digest)


def rows_since(
    db: Session, site_id: str, since: int, after: str | None, limit_bytes: int
) -> RowPage:
    """Return rows with a version above `since`, deleted ones too, up to about `limit_bytes` of
    JSON.

    With `since` 0 the pages are a snapshot. `after` is the `next` of the previous page; an invalid
    one raises ValueError. At least one row is returned, whatever its size.
    """
    rows: list[wire.Row] = []
    size = 0
    for row in _walk(db, site_id, since, _position(after)):
        size += _size(row)
        if rows and size > limit_bytes:
            last = rows[-1]
            return RowPage(tuple(rows), f"{last.version}:{last.table}:{last.key}")
        rows.append(row)
    return RowPage(tuple(rows), None)


@dataclass(frozen=True, slots=True)
class DeltaRows:
    """The rows of one delta, from version `above` (exclusive) to `through`."""

    above: int
    through: int
    rows: tuple[wire.Row, ...]


def steps_between(
    db: Session, site_id: str, above: int, through: int, limit_bytes: int, most: int
) -> list[DeltaRows] | None:
    """Return the rows between two versions as consecutive deltas of about `limit_bytes` each.

    None if there would be more than `most`, or if the changes of one version don't fit into one. A
    row that has changed again later is left out: it follows with a version above `through`.
    """
    steps, rows, size = list[DeltaRows](), list[wire.Row](), 0
    for version, some in groupby(_walk(db, site_id, above, None), attrgetter("version")):
        if version > through:
            break
        found, taken = _fitting(some, limit_bytes)
        if found is None:
            return None
        if size + taken > limit_bytes:
            steps.append(DeltaRows(above, rows[-1].version, tuple(rows)))
            above, rows, size = rows[-1].version, [], 0
            if len(steps) == most:
                return None
        rows, size = rows + found, size + taken
    return [*steps, DeltaRows(above, through, tuple(rows))]


def _fitting(rows: Iterable[wire.Row], limit_bytes: int) -> tuple[list[wire.Row] | None, int]:
    """Return the rows and about how many bytes they take; None for the rows: too many bytes."""
    found, taken = list[wire.Row](), 0
    for row in rows:
        found.append(row)
        taken += _size(row)
        if taken > limit_bytes:
            return None, taken
    return found, taken


def _position(after: str | None) -> tuple[int, str, str] | None:
    if after is None:
        return None
    version, table, key = after.split(":", 2)
    return int(version), table, key


def _size(row: wire.Row) -> int:
    return len(bytes(row.value)) + len(row.key) + len(row.table) + _ROW_OVERHEAD


def _walk(
    db: Session, site_id: str, since: int, position: tuple[int, str, str] | None
) -> Iterator[wire.Row]:
    columns = PolicyRow.__table__.c
    order = tuple_(columns.version, columns.table, columns.key)
    while True:
        statement = select(columns.table, columns.key, columns.version, columns.value).where(
            columns.site_id == site_id,
            columns.version > since if position is None else columns.version >= position[0],
        )
        if position is not None:
            statement = statement.where(order > position)
        batch = db.execute(
            statement.order_by(columns.version, columns.table, columns.key).limit(_BATCH)
        ).all()
        for row in batch:
            yield _row(row)
        if len(batch) < _BATCH:
            return
        last = batch[-1]
        position = (last.version, last.table, last.key)


def _row(row: Row[Any, Any, Any, Any]) -> wire.Row:
    value = Raw(wire.NULL if row.value is None else row.value)
    return wire.Row(table=row.table, key=row.key, version=row.version, value=value)
