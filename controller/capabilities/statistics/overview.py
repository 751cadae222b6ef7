"""The overview of a period on the page Reports: machines, rooms, and remarks on both."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.models import ScheduleRow, SiteRow
from controller.capabilities.statistics import course_figures, distinct, funder, naming
from controller.capabilities.statistics.attendance import (
    ALL_ROOMS,
    RoomAttendance,
    RoomSelection,
    Span,
    attendance,
    days_begun,
    used_rooms,
)
from controller.capabilities.statistics.courses import CourseFigures, by_course
from controller.capabilities.statistics.distinct import Visitors
from controller.capabilities.statistics.funder import Sums
from controller.capabilities.statistics.periods import Period
from controller.capabilities.statistics.scope import Scope
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.usage.models import UsageDay
from controller.domain.facts import PointKind, Schedule
from controller.domain.schedule import openings_on
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Label
from controller.policy.reading import from_json

HOUR_S, YEAR_MONTHS = 3600, 12
REMARK_THRESHOLD_S = HOUR_S
"""Smaller differences cause no remark."""
_FULL = 0.75
"""From this fraction of its capacity on, a room counts as almost full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine's times in a period, in seconds."""

    id: str
    name: Label
    icon: str
    zone: str | None
    active_s: float
    powered_s: float
    before_s: float
    """How long it worked in the previous period."""
    down_s: float
    """How long it was out of service."""


class RemarkKind(StrEnum):
    """Kinds of remarks in an overview."""

    MORE = "more"
    """A machine worked much longer than in the previous period."""
    LESS = "less"
    """A machine worked much less than in the previous period."""
    MISSED = "missed"
    """A machine was out of service for a long time."""
    FULL = "full"
    """A room was almost full at some hours."""
    FULLEST = "fullest"
    """When most people were in a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark, from which pages make a text."""

    kind: RemarkKind
    name: Label
    seconds: float = 0
    before_s: float = 0
    """`seconds` of the period before."""
    share: float = 0
    """Fraction of the opening hours."""
    weekday: int = 0
    hour: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The figures of a period at a site, with those of the previous one for comparison."""

    period: Period
    before: Period
    sums: Sums
    """Of both periods, and of the year if requested."""
    totals: Counter[tuple[str, Figure]]
    """The sums of all parts, by month and figure."""
    year: tuple[str, ...]
    """The twelve months that end with the period; empty if not requested."""
    visitors: Visitors
    visitors_before: Visitors
    certified: int
    """People who got a certification, each counted once."""
    open_s: float
    """How many seconds the place was scheduled to be open so far; 0 without opening hours."""
    machines: tuple[Machine, ...]
    rooms: tuple[RoomAttendance, ...]
    more_rooms: int
    """Number of further used rooms that were not requested."""
    courses: tuple[CourseFigures, ...]
    messages: tuple[Remark, ...]
    """Remarks about machines."""
    crowded: tuple[Remark, ...]
    """Remarks about rooms."""

    def total(self, figure: Figure, *, before: bool = False) -> int:
        """Return the sum of all parts, in this or the previous period."""
        months = (self.before if before else self.period).months
        return sum(self.totals[month, figure] for month in months)

    def by_month(self, figure: Figure) -> list[int]:
        """Return the sum of all parts in each month of the year that ends with the period."""
        return [self.totals[month, figure] for month in self.year]

    def parts(self, figure: Figure) -> list[tuple[str, int]]:
        """Return amounts by part, largest first."""
        amounts = funder.parts_of(self.sums, figure, self.period.months)
        return sorted(amounts.items(), key=lambda entry: (-entry[1], entry[0]))

    @property
    def is_empty(self) -> bool:
        """Return whether no figure has any amount."""
        months = set(self.period.months)
        return not any(month in months for month, _figure, _part in self.sums)


def read_overview(
    db: Session,
    site_id: str,
    period: Period,
    *,
    actor: Actor,
    now: Utc,
    room_selection: RoomSelection = ALL_ROOMS,
    only_totals: bool = False,
) -> Overview:
    """Return the overview of a period at a site. Raises Forbidden, NotFound.

    `only_totals`: read those of the twelve months that end with it, instead of machines, rooms and
    courses.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    site = get_or_404(db, SiteRow, site_id, "site")
    before = period.shifted(-1)
    scope, earlier = (_scope(site, span, now) for span in (period, before))
    start = Period(period.last, period.last).shifted(1 - YEAR_MONTHS).first
    year = tuple(Period(start, period.last).months) if only_totals else ()
    sums = funder.sums_of(db, replace(scope, first=min((before.first, *year))))
    spans = _spans(_opening(db, site), site, scope)
    open_s = sum(max(0.0, (min(end, now) - start).total_seconds()) for start, end in spans)
    machines = () if only_totals else _machines(db, scope, earlier, sums)
    used = () if only_totals else used_rooms(db, scope, room_selection.only)
    rooms = attendance(db, scope, spans, used[: room_selection.limit])
    came, came_before = distinct.visitors(db, (scope, earlier), sums)
    return Overview(
        period=period,
        before=before,
        sums=sums,
        totals=funder.totals(sums),
        year=year,
        visitors=came,
        visitors_before=came_before,
        certified=course_figures.people_certified(db, scope),
        open_s=open_s,
        machines=machines,
        rooms=rooms,
        more_rooms=len(used) - len(rooms),
        courses=() if only_totals else by_course(db, scope),
        messages=tuple(_machine_remarks(machines, open_s)),
        crowded=tuple(_room_remarks(rooms)),
    )


def _scope(site: SiteRow, period: Period, now: Utc) -> Scope:
    zone = ZoneInfo(site.time_zone)
    return Scope(site_id=site.id, zone=zone, first=period.first, last=period.last, now=now)


def _opening(db: Session, site: SiteRow) -> Schedule | None:
    row = db.get(ScheduleRow, site.opening) if site.opening else None
    return from_json(row.data, Schedule) if row else None


def _spans(opening: Schedule | None, site: SiteRow, scope: Scope) -> list[Span]:
    """Return when the place was scheduled to be open, on each day that has begun."""
    if opening is None:
        return []
    return [
        opening_span
        for day in days_begun(scope)
        for opening_span in openings_on(opening, site.time_zone, day)
    ]


def _machines(db: Session, scope: Scope, earlier: Scope, sums: Sums) -> tuple[Machine, ...]:
    """Return the machines that exist now, longest use first."""
    used, names = _machine_times(db, scope), naming.names(db, scope.site_id)
    before = funder.parts_of(sums, Figure.MACHINE_TIME, earlier.months)
    down = funder.parts_of(sums, Figure.DOWNTIME, scope.months)
    rows = select(AccessPointRow.id, AccessPointRow.icon, AccessPointRow.zone_id).where(
        AccessPointRow.site_id == scope.site_id, AccessPointRow.kind == PointKind.MACHINE
    )
    machines = []
    for key, icon, zone in db.execute(rows):
        active, powered = used.get(key, (0.0, 0.0))
        machines.append(
            Machine(
                id=key,
                name=names[Figure.MACHINE_TIME, key],
                icon=icon,
                zone=zone,
                active_s=active,
                powered_s=powered,
                before_s=before[key] / 1000,
                down_s=down[key] / 1000,
            )
        )
    return tuple(sorted(machines, key=lambda machine: (-machine.active_s, machine.id)))


def _machine_times(db: Session, scope: Scope) -> dict[str, tuple[float, float]]:
    """Return, by machine, how long it worked and how long it was powered."""
    first, after = scope.days
    columns = UsageDay.__table__.c
    sums = func.sum(columns.active_ms), func.sum(columns.powered_ms)
    rows = db.execute(
        select(columns.access_point_id, *sums)
        .where(columns.site_id == scope.site_id, columns.day >= first, columns.day < after)
        .group_by(columns.access_point_id)
    )
    return {point: (int(active) / 1000, int(powered) / 1000) for point, active, powered in rows}


def _machine_remarks(machines: Sequence[Machine], open_s: float) -> list[Remark]:
    """Return remarks on the machine that changed most, and on the longest outage."""
    if not machines:
        return []
    remarks = []
    change = max(machines, key=lambda machine: abs(machine.active_s - machine.before_s))
    worked, before = change.active_s, change.before_s
    if abs(worked - before) >= REMARK_THRESHOLD_S:
        kind = RemarkKind.MORE if worked > before else RemarkKind.LESS
        remarks.append(Remark(kind=kind, name=change.name, seconds=worked, before_s=before))
    down = max(machines, key=lambda machine: machine.down_s)
    if down.down_s >= REMARK_THRESHOLD_S:
        share = down.down_s / open_s if open_s else 0
        remarks.append(
            Remark(kind=RemarkKind.MISSED, name=down.name, seconds=down.down_s, share=share)
        )
    return remarks


def _room_remarks(rooms: Sequence[RoomAttendance]) -> list[Remark]:
    """Return, for each room, when it is almost full, or else when most people are there."""
    remarks = []
    for room in rooms:
        if room.fullest is None:
            continue
        weekday, hour = room.fullest
        until = hour + 1
        full = room.capacity is not None and room.means[weekday, hour] >= _FULL * room.capacity
        while full and room.means.get((weekday, until), 0) >= _FULL * (room.capacity or 0):
            until += 1
        kind = RemarkKind.FULL if full else RemarkKind.FULLEST
        remarks.append(Remark(kind=kind, name=room.name, weekday=weekday, hour=hour, until=until))
    return remarks
