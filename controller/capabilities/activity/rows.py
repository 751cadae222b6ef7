"""Collects what all features report for a site since a given time, and who has ticked off what."""

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

AHEAD = timedelta(days=7)
"""How far ahead upcoming events are listed."""
LIST_LIMIT = 25
"""Most rows that are shown of each part."""

_AHEAD = (Part.RIGHTS, Part.SESSIONS)


@dataclass(frozen=True, slots=True)
class TickMark:
    """Who has ticked off a row, and when."""

    by: str
    at: Utc


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list; `seen`: who has ticked it off, if anybody."""

    of: ActivityRow
    seen: TickMark | None = None

    @property
    def is_open(self) -> bool:
        """Whether the row still has to be ticked off."""
        return self.seen is None and self.of.weight is not Weight.FINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the list, limited to some rows, with the number of further ones."""

    part: Part
    rows: tuple[Row, ...]
    more: int = 0
    """How many rows are not shown."""
    at_least: bool = False
    """Whether there may be more than were counted, because a feature reached its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityList:
    """All parts of the list."""

    since: Utc
    now: Utc
    sections: tuple[Section, ...]

    @property
    def rows(self) -> Iterator[Row]:
        """The rows that are shown, of all parts."""
        return (row for section in self.sections for row in section.rows)

    @property
    def open(self) -> int:
        """How many rows still have to be ticked off."""
        return sum(row.is_open for row in self.rows)

    def weighing(self, *weights: Weight) -> int:
        """How many rows of these weights still have to be ticked off."""
        return sum(row.is_open and row.of.weight in weights for row in self.rows)


def list_activity(db: Session, site_id: str, since: Utc, *, actor: Actor, now: Utc) -> ActivityList:
    """Return the activity since a time, without rows that were ticked off before it.

    Raises Forbidden.
    """
    actor.require(Permission.EVENTS_READ, site_id)
    until = Utc.of(now + AHEAD)
    asked = ActivityQuery(site=site_id, since=since, now=now, until=until, oneself=actor.member_id)
    features: tuple[ActivitySource, ...] = db.info["house"].activity
    told = [list(feature.tell(db, asked)) for feature in features]
    everything = [row for rows in told for row in rows]
    full = {row.part for rows in told if len(rows) >= ROW_LIMIT for row in rows}
    seen = _seen(db, site_id, [occurrence.key for occurrence in everything])
    rows = [Row(occurrence, seen.get(occurrence.key)) for occurrence in everything]
    rows = [row for row in rows if row.seen is None or row.seen.at > since]
    return ActivityList(since=since, now=now, sections=tuple(_sections(rows, full)))


def _sections(rows: list[Row], full: set[Part]) -> Iterator[Section]:
    order = list(Part)
    rows.sort(key=lambda row: order.index(row.of.part))
    for part, some in groupby(rows, key=lambda row: row.of.part):
        all_of_it = list(some)
        shown = _first(all_of_it)
        yield Section(
            part=part, rows=tuple(shown), more=len(all_of_it) - len(shown), at_least=part in full
        )


def _first(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in order; if there are too many, those that nobody has seen are kept
    first."""
    ordered = sorted(rows, key=_order)
    kept = sorted(ordered, key=lambda row: row.seen is not None)[:LIST_LIMIT]
    wanted = {row.of.key for row in kept}
    return [row for row in ordered if row.of.key in wanted]


def _order(row: Row) -> tuple[int, Utc, str]:
    """Sort key: by weight, then by time; upcoming events all have the weight of `TODO`."""
    is_ahead = row.of.part in _AHEAD and row.of.weight in (Weight.TODO, Weight.KNOW)
    return (Weight.TODO if is_ahead else row.of.weight, row.of.at, row.of.key)


def _seen(db: Session, site_id: str, keys: list[str]) -> dict[str, TickMark]:
    wanted = select(SeenRow).where(SeenRow.site_id == site_id, SeenRow.key.in_(keys))
    rows = db.scalars(wanted).all()
    names = names_of(db, [row.by for row in rows])
    return {row.key: TickMark(names.get(row.by, row.by), row.at) for row in rows}
