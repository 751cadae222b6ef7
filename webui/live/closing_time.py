"""Notices about jobs that last beyond closing time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.live.board import Tile
from controller.capabilities.live.reservations import Reservation
from controller.domain import schedule
from controller.domain.facts import OnEnd, Site
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from webui.i18n import _
from webui.i18n.dates import clock

SOON = timedelta(hours=1)
"""How long before closing time the notice appears for a job whose end is unknown."""


@dataclass(frozen=True, slots=True)
class _Closing:
    """When the place closes."""

    now: Utc
    zone: ZoneInfo
    at: Utc | None
    """None: it is closed already."""


def overrun_text(tile: Tile, reservations: Sequence[Reservation], now: Utc, site: Site) -> str:
    """Return the notice for a running or booked job that lasts beyond closing time, otherwise
    empty."""
    hours = site.schedules.get(site.opening or "")
    if hours is None:
        return ""
    is_open = schedule.is_open(hours, site.time_zone, now)
    at = schedule.closes_at(hours, site.time_zone, now) if is_open else None
    if is_open and at is None:
        return ""
    closing = _Closing(now, ZoneInfo(site.time_zone), at)
    if tile.state == MachinePhase.RUNNING:
        return _running_text(tile, reservations, closing)
    return _booking_text(reservations, closing)


def _running_text(tile: Tile, reservations: Sequence[Reservation], closing: _Closing) -> str:
    goes_on, end = (
        tile.point.session.on_end is not OnEnd.CUT,
        _expected_end(tile, reservations, closing.now),
    )
    if closing.at is None:
        return _("will finish by itself after closing") if goes_on else ""
    if end is None:
        if closing.at - closing.now > SOON:
            return ""
        if goes_on:
            return _("if its job lasts longer, it finishes by itself after closing")
        return _("will be cut at closing")
    if end <= closing.at:
        return ""
    time = clock(end, closing.zone)
    if goes_on:
        return _("planned until %(time)s: will finish by itself after closing", time=time)
    return _("planned until %(time)s, but cut at closing", time=time)


def _expected_end(tile: Tile, reservations: Sequence[Reservation], now: Utc) -> Utc | None:
    """Return the expected end: from the agent, or from the booking and the longest use; None:
    unknown."""
    if (end := tile.foreseen_end(now)) is not None:
        return end
    booked = [
        booking.ends_at for booking in reservations if booking.starts_at <= now < booking.ends_at
    ]
    longest, session = tile.point.session.max_duration_s, tile.session
    if longest is not None and session is not None and session.started_at is not None:
        booked.append(Utc.of(session.started_at + timedelta(seconds=longest)))
    return min(booked, default=None)


def _booking_text(reservations: Sequence[Reservation], closing: _Closing) -> str:
    """Return the notice for the next booking that ends after closing time."""
    if closing.at is None:
        return ""
    late = [
        booking
        for booking in reservations
        if booking.ends_at > closing.at and booking.ends_at > closing.now
    ]
    if not late:
        return ""
    return _("booked until %(time)s, after closing", time=clock(late[0].ends_at, closing.zone))
