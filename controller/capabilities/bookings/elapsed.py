"""A room whose booking has begun: what has passed of it is owed."""

from datetime import timedelta

from controller.capabilities.bookings.models import BookingRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission

MISTAKE = timedelta(minutes=10)
"""For how long the desk takes back a booking that has begun, as if it had never been."""


def is_charged(row: BookingRow, actor: Actor, now: Utc) -> bool:
    """Whether the time that has passed is owed, whatever the actor does now.

    Not what the desk has just booked by mistake, nor what somebody who decides about money undoes.
    """
    is_own = actor.member_id == row.member_id
    is_mistake = row.created_by == actor.ref and now - row.created_at <= MISTAKE
    is_given_up = is_mistake or actor.may(Permission.MONEY_WRITE, row.site_id)
    return has_begun(row, now) and (is_own or not is_given_up)


def has_begun(row: BookingRow, now: Utc) -> bool:
    """Of a room: its booking is what is charged. A machine's use is, whoever booked it."""
    return row.zone_id is not None and row.starts_at < now


def end(row: BookingRow, now: Utc) -> None:
    """Give up what has not passed yet."""
    row.ends_at = min(row.ends_at, now)
    row.closed_at = now
