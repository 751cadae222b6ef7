"""What a public screen shows of a site, without names, and with bands instead of numbers of
people."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from controller.capabilities.live import board
from controller.capabilities.live.board import Board, Tile
from controller.capabilities.live.reservations import Reservation, find_reservations
from controller.capabilities.live.rooms import heads_by_zone
from controller.capabilities.training import agenda
from controller.capabilities.training.agenda import AgendaSession
from controller.domain import schedule
from controller.domain.facts import Name, PointKind, Site
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session

_READER = Actor.system("screen")
"""The actor that reads the board; its personal data are not passed on."""
_STOPPED = (MachinePhase.FAULT, MachinePhase.OUT_OF_SERVICE)
MAX_COURSES = 5
"""Maximum number of courses that are shown."""


MAX_HIDDEN_CAPACITY = 2
"""Rooms with at most this capacity are not shown."""
MIN_BAND_CAPACITY = 11
"""From this capacity on each band but *empty* and *full* holds at least two numbers of people."""


class Band(StrEnum):
    """How full a room is, in bands."""

    EMPTY = "empty"
    CALM = "calm"
    """Up to two fifths of its capacity."""
    BUSY = "busy"
    """Also anything between empty and full in a small room."""
    NEARLY = "nearly"
    """More than four fifths of its capacity."""
    FULL = "full"


class BusyReason(StrEnum):
    """Why a machine is not free, as outsiders see it."""

    USED = "used"
    COURSE = "course"
    BOOKED = "booked"
    COOLING = "cooling"
    """Cooling down after use, and still powered."""
    STOPPED = "stopped"
    """The machine's emergency stop is pressed."""
    OUT = "out"
    """Out of service, or stopped by a fault."""
    SILENT = "silent"
    """The machine's state is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine: free until the next reservation (without a `busy_reason`), or busy until then."""

    id: str
    name: Name
    busy_reason: BusyReason | None
    until: Utc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room with a capacity."""

    id: str
    name: Name
    band: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The public view of a site."""

    site: Site
    closes_at: Utc | None
    opens_at: Utc | None
    """When it opens next; None if it is open, or unknown."""
    is_open: bool
    machines: tuple[Machine, ...]
    rooms: tuple[Room, ...]
    courses: tuple[AgendaSession, ...]


def figures(db: Session, site_id: str, now: Utc) -> Figures:
    """Return the public view of a site as of now. Raises NotFound."""
    current_board = board.board(db, site_id, actor=_READER, now=now)
    site = current_board.site
    tomorrow = Utc.of(now + timedelta(hours=24))
    reservations = find_reservations(db, site_id, now, tomorrow, actor=_READER)
    people = heads_by_zone(db, site_id, actor=_READER)
    hours = site.schedules.get(site.opening or "")
    is_open = hours is None or schedule.is_open(hours, site.time_zone, now)
    closes = schedule.closes_at(hours, site.time_zone, now) if hours and is_open else None
    machines = [tile for tile in current_board.tiles if tile.point.kind is PointKind.MACHINE]
    estop_machines = _estop_machines(current_board)
    return Figures(
        site=site,
        is_open=is_open,
        closes_at=closes,
        opens_at=None if is_open or hours is None else _next_opening(site, now),
        machines=tuple(
            _machine(tile, reservations, closes, estop_machines, now) for tile in machines
        ),
        rooms=rooms(site, people),
        courses=tuple(_courses(db, site_id, now)),
    )


def machine(db: Session, site_id: str, access_point: str, now: Utc) -> Machine | None:
    """Return the public view of a machine; None for a door. Raises NotFound."""
    current_board = board.board(db, site_id, actor=_READER, now=now)
    reservations = find_reservations(
        db, site_id, now, Utc.of(now + timedelta(hours=24)), actor=_READER
    )
    tiles = (tile for tile in current_board.tiles if tile.point.id == access_point)
    tile = next((tile for tile in tiles if tile.point.kind is PointKind.MACHINE), None)
    return (
        None
        if tile is None
        else _machine(tile, reservations, None, _estop_machines(current_board), now)
    )


def rooms(site: Site, people: Mapping[str, int]) -> tuple[Room, ...]:
    """Return the rooms with a capacity, and how full they are.

    A room for one or two is left out: whether it is empty says where its user is.
    """
    return tuple(
        Room(id=key, name=zone.name, band=band(people.get(key, 0), zone.capacity))
        for key, zone in site.zones.items()
        if zone.capacity and zone.capacity > MAX_HIDDEN_CAPACITY
    )


def band(people: int, capacity: int) -> Band:
    """Return the band, in fifths, so that a single person is rarely noticeable.

    A fifth of a small room may be one person, so such a room has a single band in between.
    """
    if people <= 0:
        return Band.EMPTY
    if people >= capacity:
        return Band.FULL
    if capacity < MIN_BAND_CAPACITY:
        return Band.BUSY
    if people * 5 > capacity * 4:
        return Band.NEARLY
    return Band.BUSY if people * 5 > capacity * 2 else Band.CALM


def _next_opening(site: Site, now: Utc) -> Utc | None:
    hours = site.schedules[site.opening or ""]
    return schedule.opens_next(hours, site.time_zone, now)


def _estop_machines(current_board: Board) -> set[str]:
    """Return the machines whose emergency stop is pressed; a silent box leaves its alarm."""
    return {alarm.access_point or "" for alarm in current_board.alarms if alarm.kind == "estop"}


def _machine(
    tile: Tile,
    reservations: Sequence[Reservation],
    closes: Utc | None,
    estop_machines: Container[str],
    now: Utc,
) -> Machine:
    own_reservations = [
        booking for booking in reservations if booking.access_point == tile.point.id
    ]
    busy, until = _state(tile, own_reservations, now)
    if tile.point.id in estop_machines:
        busy, until = BusyReason.STOPPED, None
    if busy is None:
        starts = [booking.starts_at for booking in own_reservations if booking.starts_at > now]
        until = min([*starts, *([closes] if closes else [])], default=None)
    return Machine(id=tile.point.id, name=tile.point.name, busy_reason=busy, until=until)


def _state(
    tile: Tile, reservations: Sequence[Reservation], now: Utc
) -> tuple[BusyReason | None, Utc | None]:
    """Return why a machine is not free, by the reason that lasts longest, and until when."""
    if not (tile.point.in_service and tile.point.commissioned) or tile.state in _STOPPED:
        return BusyReason.OUT, None
    if tile.state is None:
        return BusyReason.SILENT, None
    if tile.session is None and tile.state == MachinePhase.COOLING:
        return BusyReason.COOLING, tile.ends_at
    if tile.session is not None or tile.state != MachinePhase.OFF:
        return BusyReason.USED, tile.print.ends_at if tile.print else tile.foreseen_end(now)
    for booking in (booking for booking in reservations if booking.starts_at <= now):
        return (BusyReason.COURSE if booking.course else BusyReason.BOOKED), _end(
            booking, reservations
        )
    return None, None


def _end(first: Reservation, reservations: Sequence[Reservation]) -> Utc:
    """Return when the machine is free again, after all reservations without a gap between them."""
    end = first.ends_at
    for booking in reservations:
        if booking.starts_at <= end:
            end = max(end, booking.ends_at)
    return end


def _courses(db: Session, site_id: str, now: Utc) -> Sequence[AgendaSession]:
    """Return the next sessions with open enrolment or waiting list."""
    dated = agenda.upcoming_sessions(db, site_id, actor=_READER, now=now)
    open_ones = [
        session
        for session in dated
        if session.session.cancelled_at is None and session.session.starts_at > now
    ]
    return open_ones[:MAX_COURSES]
