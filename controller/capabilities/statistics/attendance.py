"""Average attendance of rooms by weekday and hour: the mean of the peaks of quarter-hours."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, exists, select, type_coerce
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.statistics.scope import Scope
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from controller.policy.reading import from_json

_QUARTERS_PER_HOUR = 4
_QUARTER, _INSTANT = timedelta(minutes=15), timedelta(microseconds=1)
Span = tuple[Utc, Utc]
"""A start and an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAttendance:
    """The average number of people in a room, by weekday (0 is Monday) and hour.

    `hours`: from the first to the last in which anybody was in.
    """

    id: str
    name: Label
    capacity: int | None
    hours: tuple[int, ...]
    means: dict[tuple[int, int], float]
    """By weekday and hour, except hours in which the place was closed and empty."""

    @property
    def fullest(self) -> tuple[int, int] | None:
        """Return the weekday and hour with the highest mean; None if nobody was ever in."""
        most = max(self.means.values(), default=0)
        return next((at for at, mean in sorted(self.means.items()) if mean == most > 0), None)


@dataclass(frozen=True, slots=True)
class RoomSelection:
    """Which rooms to report: `only` this one, and at most the first `limit`; all by default."""

    only: str = ""
    limit: int | None = None


ALL_ROOMS = RoomSelection()


def days_begun(scope: Scope) -> list[date]:
    """Return the days of the period up to today."""
    first, after = scope.days
    today = scope.now.astimezone(scope.zone).date()
    count = (min(after, today + timedelta(days=1)) - first).days
    return [first + timedelta(days=number) for number in range(max(0, count))]


def used_rooms(db: Session, scope: Scope, only: str) -> Sequence[ZoneRow]:
    """Return the rooms in which somebody was present in the period; `only`: at most this one."""
    start, end = scope.times
    was_in = (
        (Occupancy.zone_id == ZoneRow.id)
        & (Occupancy.quarter >= start)
        & (Occupancy.quarter < end)
        & (Occupancy.peak > 0)
    )
    rows = select(ZoneRow).where(ZoneRow.site_id == scope.site_id, exists().where(was_in))
    if only:
        rows = rows.where(ZoneRow.id == only)
    return db.scalars(rows.order_by(ZoneRow.id)).all()


def attendance(
    db: Session, scope: Scope, spans: Sequence[Span], rooms: Sequence[ZoneRow]
) -> tuple[RoomAttendance, ...]:
    """Return the attendance of each room; `spans`: when the place was scheduled to be open."""
    zone = scope.zone
    start, end = scope.times
    heads: dict[str, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    columns = Occupancy.__table__.c  # not of the model: a room has thousands of rows
    plain = type_coerce(columns.quarter, DateTime(timezone=True))
    rows = select(columns.zone_id, plain, columns.peak).where(
        columns.zone_id.in_([room.id for room in rooms]),
        columns.quarter >= start,
        columns.quarter < end,
    )
    hour_of = cache(lambda at: _hour_of(at if at.tzinfo else at.replace(tzinfo=UTC), zone))
    for room, quarter, peak in db.execute(rows).all():
        heads[room][hour_of(quarter)] += peak
    days = Counter(day.weekday() for day in days_begun(scope))
    days_by_weekday = [days[number] for number in range(7)]
    opening_hours = _opening_hours(spans, zone)
    return tuple(_room(room, heads[room.id], opening_hours, days_by_weekday) for room in rooms)


def _hour_of(at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = at.astimezone(zone)
    return local.weekday(), local.hour


def _opening_hours(spans: Sequence[Span], zone: ZoneInfo) -> set[tuple[int, int]]:
    """Return the hours of the week in which the place was scheduled to be open at least once."""
    ends = set()  # over a year, most spans are the same
    for start, end in spans:
        last = start + (end - start - _INSTANT) // _QUARTER * _QUARTER
        ends.add((_hour_of(start, zone), _hour_of(last, zone)))
    return {at for first, last in ends for at in _hourly(first, last)}


def _hourly(at: tuple[int, int], last: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the hours of the week from `at` to `last`, both included."""
    yield at
    while at != last:
        weekday, hour = at
        at = (weekday, hour + 1) if hour < 23 else ((weekday + 1) % 7, 0)
        yield at


def _room(
    row: ZoneRow,
    heads: dict[tuple[int, int], int],
    opening_hours: set[tuple[int, int]],
    days_by_weekday: Sequence[int],
) -> RoomAttendance:
    hours = sorted({hour for (_, hour), number in heads.items() if number})
    span = range(hours[0], hours[-1] + 1)
    shown_hours = {at for at in opening_hours if at[1] in span} | {
        at for at, number in heads.items() if number
    }
    means = {
        at: heads.get(at, 0) / (_QUARTERS_PER_HOUR * days_by_weekday[at[0]])
        for at in sorted(shown_hours)
        if days_by_weekday[at[0]]
    }
    return RoomAttendance(
        id=row.id,
        name=from_json(row.name, Label),
        capacity=row.capacity,
        hours=tuple(span),
        means=means,
    )
