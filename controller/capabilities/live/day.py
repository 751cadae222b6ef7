"""What each machine did and will do today, such as running, out of service or reserved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.live.board import Tile
from controller.capabilities.live.reservations import Reservation
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import PointKind
from controller.domain.states import FaultKind, MachinePhase
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.store.packed_event import first_id

SPAN_LIMIT = 2000
"""Maximum number of sessions of a day that are read."""
MAX_SESSION_AGE = timedelta(hours=24)
"""How long before the day a session may have begun to be found."""


class MachineActivity(StrEnum):
    """What a machine did, does or is reserved for in a stretch of its day."""

    WORKED = "worked"
    """The machine was running a job."""
    ON = "on"
    STOPPED = "stopped"
    """A fault kept it off."""
    EXPECTED = "expected"
    """The machine is running, until the end that its agent expects."""
    OUT = "out"
    RESERVED = "reserved"
    COURSE = "course"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What a machine does from one time to another."""

    access_point: str
    doing: MachineActivity
    start: Utc
    end: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day with all stretches known now, ordered by their start."""

    start: Utc
    end: Utc
    stretches: tuple[Stretch, ...]


def span(zone: ZoneInfo, now: Utc) -> tuple[Utc, Utc]:
    """Return when the local day of `now` begins and ends."""
    date = now.astimezone(zone).date()
    first, last = (datetime.combine(d, time(0), zone) for d in (date, date + timedelta(days=1)))
    return Utc.of(first), Utc.of(last)


def day(
    db: Session,
    site_id: str,
    tiles: Sequence[Tile],
    reservations: Iterable[Reservation],
    zone: ZoneInfo,
    *,
    actor: Actor,
    now: Utc,
    only: str | None = None,
) -> Day:
    """Return the site's day, or that of `only` one machine. Raises Forbidden.

    `tiles`: the current states of the machines; `reservations`: their reservations.
    """
    actor.require(Permission.LIVE_READ, site_id)
    start, end = span(zone, now)
    stretches = [
        *_work_spans(db, site_id, start, end, now, only),
        *_fault_stretches(db, site_id, start, now, only),
        *_out_of_service_stretches(tiles, now),
        *_expected_stretches(tiles, now),
        *_reservation_stretches(reservations, now),
    ]
    clipped = (_clip(stretch, start, end) for stretch in stretches)
    visible = (
        stretch
        for stretch in clipped
        if stretch.start < stretch.end and only in (None, stretch.access_point)
    )
    return Day(
        start=start, end=end, stretches=tuple(sorted(visible, key=lambda stretch: stretch.start))
    )


def _clip(stretch: Stretch, start: Utc, end: Utc) -> Stretch:
    return Stretch(
        access_point=stretch.access_point,
        doing=stretch.doing,
        start=max(stretch.start, start),
        end=min(stretch.end, end),
    )


def _work_spans(
    db: Session, site_id: str, start: Utc, end: Utc, now: Utc, only: str | None
) -> list[Stretch]:
    """Return, for each session, how long it worked, and how long it was on without a job.

    A session stores only the seconds of idling, which are shown last, or first while it works.
    """
    first, last = start - MAX_SESSION_AGE, end
    statement = (
        select(SessionRow)
        .where(
            SessionRow.site_id == site_id,
            true() if only is None else SessionRow.access_point_id == only,
            SessionRow.id >= first_id(Utc.of(first).millis()),
            SessionRow.id < first_id(last.millis()),
            SessionRow.started_at.is_not(None),
            or_(SessionRow.ended_at.is_(None), SessionRow.ended_at > start),
        )
        .order_by(SessionRow.id.desc())
        .limit(SPAN_LIMIT)
    )
    return [stretch for row in db.scalars(statement) for stretch in _session_stretches(row, now)]


def _session_stretches(row: SessionRow, now: Utc) -> list[Stretch]:
    start, end = row.started_at, row.ended_at or now
    if start is None or start >= end:
        return []
    idle, (first, last) = (
        timedelta(seconds=row.idle_s),
        (MachineActivity.WORKED, MachineActivity.ON),
    )
    if row.ended_at is None and row.state == MachinePhase.RUNNING:
        first, last, idle = last, first, end - start - idle
    elif row.ended_at is None and row.state_at is not None:
        idle = max(idle, now - row.state_at)
    changed_at = Utc.of(min(end, max(start, end - idle)))
    point = row.access_point_id
    return [
        Stretch(access_point=point, doing=first, start=start, end=changed_at),
        Stretch(access_point=point, doing=last, start=changed_at, end=end),
    ]


def _fault_stretches(
    db: Session, site_id: str, start: Utc, now: Utc, only: str | None
) -> list[Stretch]:
    statement = (
        select(Alarm.access_point_id, Alarm.raised_at, Alarm.cleared_at)
        .where(
            Alarm.site_id == site_id,
            Alarm.id >= first_id(start.millis()),
            Alarm.kind.in_([kind.value for kind in FaultKind]),
            Alarm.access_point_id.is_not(None) if only is None else Alarm.access_point_id == only,
        )
        .order_by(Alarm.id)
        .limit(SPAN_LIMIT)
    )
    return [
        Stretch(access_point=point, doing=MachineActivity.STOPPED, start=raised, end=cleared or now)
        for point, raised, cleared in db.execute(statement)
        if point is not None
    ]


def _out_of_service_stretches(tiles: Sequence[Tile], now: Utc) -> list[Stretch]:
    """Return the machines that are out of service now, and since when."""
    return [
        Stretch(access_point=tile.point.id, doing=MachineActivity.OUT, start=tile.since, end=now)
        for tile in tiles
        if tile.point.kind is PointKind.MACHINE
        and tile.state == MachinePhase.OUT_OF_SERVICE
        and tile.since is not None
    ]


def _expected_stretches(tiles: Sequence[Tile], now: Utc) -> list[Stretch]:
    return [
        Stretch(access_point=tile.point.id, doing=MachineActivity.EXPECTED, start=now, end=end)
        for tile in tiles
        if tile.state == MachinePhase.RUNNING and (end := tile.foreseen_end(now)) is not None
    ]


def _reservation_stretches(reservations: Iterable[Reservation], now: Utc) -> list[Stretch]:
    """Return the stretches of reservations; of bookings only the future part, since sessions show
    the past."""
    return [
        Stretch(
            access_point=reservation.access_point,
            doing=MachineActivity.COURSE if reservation.course else MachineActivity.RESERVED,
            start=reservation.starts_at if reservation.course else max(reservation.starts_at, now),
            end=reservation.ends_at,
        )
        for reservation in reservations
    ]
