"""Collects what all features report for a site since a given time, and which rows were ticked
off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.activity.models import SeenRow
from controller.domain.time import Utc
from controller.kernel.activity import (
    ROW_LIMIT,
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    Part,
    Weight,
)
from controller.kernel.actor import Actor, Permission
from controller.kernel.names import names_of

UPCOMING_PERIOD = timedelta(days=7)
"""How far ahead upcoming events are listed."""
LIST_LIMIT = 25
"""Maximum number of rows shown in each part."""

_UPCOMING_PARTS = (Part.RIGHTS, Part.SESSIONS)


@dataclass(frozen=True, slots=True)
class TickMark:
    """Who has ticked off a row, and when."""

    by: str
    at: Utc


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list; `tick`: who has ticked it off."""

    activity: ActivityRow
    tick: TickMark | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the row still has to be ticked off."""
        return self.tick is None and self.activity.weight is not Weight.FINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the list, with the number of further rows."""

    part: Part
    rows: tuple[Row, ...]
    more: int = 0
    """How many further rows there are."""
    at_least: bool = False
    """Whether there may be even more, because a feature reached its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityList:
    """All parts of the list."""

    since: Utc
    now: Utc
    sections: tuple[Section, ...]

    @property
    def rows(self) -> Iterator[Row]:
        """Return the shown rows of all parts."""
        return (row for section in self.sections for row in section.rows)

    @property
    def open(self) -> int:
        """Return how many rows still have to be ticked off."""
        return sum(row.is_open for row in self.rows)

    def weighing(self, *weights: Weight) -> int:
        """Return how many rows of these weights still have to be ticked off."""
        return sum(row.is_open and row.activity.weight in weights for row in self.rows)


def list_activity(db: Session, site_id: str, since: Utc, *, actor: Actor, now: Utc) -> ActivityList:
    """Return the activity since a time, without rows that were ticked off before it.

    Raises Forbidden.
    """
    actor.require(Permission.EVENTS_READ, site_id)
    until = Utc.of(now + UPCOMING_PERIOD)
    query = ActivityQuery(site=site_id, since=since, now=now, until=until, oneself=actor.member_id)
    features: tuple[ActivitySource, ...] = db.info["house"].activity
    reported = [list(feature.read_rows(db, query)) for feature in features]
    activity_rows = [row for rows in reported for row in rows]
    full = {row.part for rows in reported if len(rows) >= ROW_LIMIT for row in rows}
    tick_marks = _read_tick_marks(db, site_id, [row.key for row in activity_rows])
    rows = [Row(row, tick_marks.get(row.key)) for row in activity_rows]
    rows = [row for row in rows if row.tick is None or row.tick.at > since]
    return ActivityList(since=since, now=now, sections=tuple(_sections(rows, full)))


def _sections(rows: list[Row], full: set[Part]) -> Iterator[Section]:
    order = list(Part)
    rows.sort(key=lambda row: order.index(row.activity.part))
    for part, group in groupby(rows, key=lambda row: row.activity.part):
        rows_of_part = list(group)
        listed = _limit_rows(rows_of_part)
        yield Section(
            part=part,
            rows=tuple(listed),
            more=len(rows_of_part) - len(listed),
            at_least=part in full,
        )


def _limit_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in order; if there are too many, unseen rows are preferred."""
    ordered = sorted(rows, key=_order)
    preferred = sorted(ordered, key=lambda row: row.tick is not None)[:LIST_LIMIT]
    keys = {row.activity.key for row in preferred}
    return [row for row in ordered if row.activity.key in keys]


def _order(row: Row) -> tuple[int, Utc, str]:
    """Return the sort key: by weight, then time; upcoming events all have the weight of `TODO`."""
    is_ahead = row.activity.part in _UPCOMING_PARTS and row.activity.weight in (
        Weight.TODO,
        Weight.KNOW,
    )
    return (Weight.TODO if is_ahead else row.activity.weight, row.activity.at, row.activity.key)


def _read_tick_marks(db: Session, site_id: str, keys: list[str]) -> dict[str, TickMark]:
    seen_rows = select(SeenRow).where(SeenRow.site_id == site_id, SeenRow.key.in_(keys))
    rows = db.scalars(seen_rows).all()
    names = names_of(db, [row.by for row in rows])
    return {row.key: TickMark(names.get(row.by, row.by), row.at) for row in rows}
