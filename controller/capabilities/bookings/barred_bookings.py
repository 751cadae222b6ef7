"""Notifies members of bookings that can't be used because a machine or the site is not available.

Also lists whom to call instead, and how each was notified. Does not change bookings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.barred_messages import (
    BarredBy,
    BookingBarredMessage,
    BookingUsableMessage,
)
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.access_points import access_point_row
from controller.capabilities.machines.changes import ServiceChanged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import write
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.recipients import Recipient, Unreachable, recipient
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BarredBooking:
    """A booking that can't be used."""

    starts_at: Utc
    ends_at: Utc
    thing: str
    """The id of the machine or zone."""
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booker:
    """A member with unusable bookings, and how they are reached."""

    recipient: Recipient
    bookings: tuple[BarredBooking, ...]


def bookers_of_machine(
    db: Session, access_point_id: str, *, actor: Actor, now: Utc
) -> list[Booker]:
    """Return who would be notified if the machine went out of service.

    If it is already, with how each was notified. Raises NotFound, Forbidden.
    """
    point = access_point_row(db, access_point_id, actor)
    rows = _of_machine(db, point.id, now)
    cause = None if point.in_service else point.id
    return bookers(db, point.site_id, rows, cause=cause, actor=actor)


def bookers(
    db: Session, site_id: str, rows: Sequence[BookingRow], *, cause: str | None, actor: Actor
) -> list[Booker]:
    """Return the members of these bookings.

    `cause`: the machine or schedule that bars them now; then with the message that each got about
    it. Raises Forbidden.
    """
    actor.require(Permission.MEMBERS_READ, site_id)
    may_call = actor.may(Permission.MEMBERS_WRITE, site_id)
    all_bookers = []
    for member_id, bookings in _by_member(rows):
        letter = _last_message(db, bookings, cause) if cause is not None else None
        member = db.get_one(MemberRow, member_id)
        reachability = recipient(db, member, (BookingBarredMessage,), letter, may_call)
        if cause is not None and letter is None and reachability.unreachable is None:
            reachability = replace(reachability, unreachable=Unreachable.NOT_WRITTEN)
        all_bookers.append(
            Booker(recipient=reachability, bookings=tuple(barred_booking(row) for row in bookings))
        )
    return sorted(all_bookers, key=lambda booker: booker.bookings)


def barred_booking(row: BookingRow) -> BarredBooking:
    """Return what the lists of such bookings show of one."""
    thing_id = row.access_point_id or row.zone_id or ""
    return BarredBooking(starts_at=row.starts_at, ends_at=row.ends_at, thing=thing_id, id=row.id)


def notify_of_service_change(db: Session, change: ServiceChanged) -> None:
    """Notify the members who have booked a machine that goes out of service, or comes back."""
    point, rows = change.point, _of_machine(db, change.point.id, change.now)
    if point.in_service:
        write_usable(db, rows, BarredBy.MACHINE, point.id, change.now)
    else:
        write_barred(db, rows, BarredBy.MACHINE, point.id, change.now)


def write_barred(
    db: Session, rows: Sequence[BookingRow], reason: BarredBy, cause: str, now: Utc
) -> None:
    """Send a message to each member, unless the same one is still waiting to be sent."""
    for member_id, bookings in _by_member(rows):
        last = _last_message(db, bookings, cause)
        if last is not None and last.due_at is not None and last.attempts == 0:
            continue
        message = BookingBarredMessage(
            by=reason,
            cause=cause,
            bookings=tuple(row.id for row in bookings),
            ends_at=max(row.ends_at for row in bookings).text(),
        )
        key = f"{cause}/{now.text()}/{member_id}"
        write.to_member(db, member_id, message, site_id=bookings[0].site_id, key=key, now=now)


def write_usable(
    db: Session, rows: Sequence[BookingRow], reason: BarredBy, cause: str, now: Utc
) -> None:
    """Tell each member who got a message from `write_barred` that the booking can be used."""
    for member_id, bookings in _by_member(rows):
        last = _last_message(db, bookings, cause)
        if last is None or last.attempts == 0:
            continue
        message = BookingUsableMessage(
            by=reason,
            cause=cause,
            bookings=tuple(row.id for row in bookings),
            ends_at=max(row.ends_at for row in bookings).text(),
        )
        write.to_member(db, member_id, message, site_id=bookings[0].site_id, key=last.key, now=now)


def _of_machine(db: Session, access_point_id: str, now: Utc) -> Sequence[BookingRow]:
    rows = select(BookingRow).where(
        BookingRow.access_point_id == access_point_id,
        BookingRow.closed_at.is_(None),
        BookingRow.ends_at > now,
    )
    return db.scalars(rows.order_by(BookingRow.starts_at)).all()


def _by_member(rows: Sequence[BookingRow]) -> list[tuple[str, list[BookingRow]]]:
    ordered = sorted(rows, key=lambda row: (row.member_id, row.starts_at))
    return [(key, list(bookings)) for key, bookings in groupby(ordered, lambda row: row.member_id)]


def _last_message(db: Session, bookings: Sequence[BookingRow], cause: str) -> MessageRow | None:
    """Return the last message that this cause bars one of these bookings, or None."""
    ids = {row.id for row in bookings}
    rows = select(MessageRow).where(
        MessageRow.what == BookingBarredMessage.WHAT, MessageRow.member_id == bookings[0].member_id
    )
    newest_first = db.scalars(rows.order_by(MessageRow.id.desc()))
    return next(
        (
            row
            for row in newest_first
            if row.detail["cause"] == cause and ids & set(row.detail["bookings"])
        ),
        None,
    )
