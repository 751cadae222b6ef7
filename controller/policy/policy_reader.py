"""Reads what the hub sends: a site's head, and its rows after a version, in pages."""

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
"""An upper limit for a row's JSON besides table, key, version and value, in bytes."""


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
    """Some rows in the order of their versions; `next` is the cursor of the next page, or None."""

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
    """Return rows with a version above `since`, including deleted ones, up to about `limit_bytes`
    of JSON.

    With `since` 0 the pages form a snapshot. `after` is the `next` of the previous page; raises
    ValueError if invalid. Returns at least one row, whatever its size.
    """
    rows: list[wire.Row] = []
    size = 0
    for row in _rows_after(db, site_id, since, _position(after)):
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

    None if there would be more than `most`, or if one version's changes don't fit into a delta.
    Rows that changed again later are left out: they follow with a version above `through`.
    """
    steps, rows, size = list[DeltaRows](), list[wire.Row](), 0
    for version, rows_of_version in groupby(
        _rows_after(db, site_id, above, None), attrgetter("version")
    ):
        if version > through:
            break
        first_rows, added_size = _fitting(rows_of_version, limit_bytes)
        if first_rows is None:
            return None
        if size + added_size > limit_bytes:
            steps.append(DeltaRows(above, rows[-1].version, tuple(rows)))
            above, rows, size = rows[-1].version, [], 0
            if len(steps) == most:
                return None
        rows, size = rows + first_rows, size + added_size
    return [*steps, DeltaRows(above, through, tuple(rows))]


def _fitting(rows: Iterable[wire.Row], limit_bytes: int) -> tuple[list[wire.Row] | None, int]:
    """Return the rows and their approximate size in bytes; None instead of the rows if they are too
    large."""
    fitting_rows, size = list[wire.Row](), 0
    for row in rows:
        fitting_rows.append(row)
        size += _size(row)
        if size > limit_bytes:
            return None, size
    return fitting_rows, size


def _position(after: str | None) -> tuple[int, str, str] | None:
    if after is None:
        return None
    version, table, key = after.split(":", 2)
    return int(version), table, key


def _size(row: wire.Row) -> int:
    return len(bytes(row.value)) + len(row.key) + len(row.table) + _ROW_OVERHEAD


def _rows_after(
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
