"""Notifies members when somebody makes, moves or cancels their booking."""

from typing import Any

from sqlalchemy.orm import Session

from controller.capabilities.bookings.booking_messages import (
    UNDO_WITHIN,
    BookingCancelledMessage,
    BookingConfirmedMessage,
    BookingMessage,
    BookingMovedMessage,
)
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.messages import queue, write
from controller.capabilities.places.models import ZoneRow
from controller.domain.time import Utc


def write_confirmation(db: Session, row: BookingRow, now: Utc) -> None:
    """Notify the member that the booking was made."""
    _write(db, row, BookingConfirmedMessage(**_fields(db, row)), now)


def write_move(db: Session, row: BookingRow, before: Utc, now: Utc) -> None:
    """Notify the member that the booking was moved; `before`: its previous start."""
    _write(db, row, BookingMovedMessage(**_fields(db, row), before=before.text()), now)


def write_cancellation(db: Session, row: BookingRow, now: Utc) -> None:
    """Notify the member that the booking was cancelled, unless it was made just before."""
    if row.created_at + UNDO_WITHIN > now:
        return
    _write(db, row, BookingCancelledMessage(**_fields(db, row)), now)


def write_restoration(db: Session, row: BookingRow, cancelled_sequence: int, now: Utc) -> None:
    """Notify the member that the booking was restored, if the cancellation was sent."""
    if queue.was_tried(db, BookingCancelledMessage.WHAT, f"{row.id}/{cancelled_sequence}"):
        write_confirmation(db, row, now)


def sequence(row: BookingRow) -> int:
    """Return the sequence number of the calendar entry, which increases with each change."""
    return row.row_version - 1


def _fields(db: Session, row: BookingRow) -> dict[str, Any]:
    if row.access_point_id is not None:
        name = db.get_one(AccessPointRow, row.access_point_id).name
    else:
        name = db.get_one(ZoneRow, row.zone_id).name
    return {
        "booking_id": row.id,
        "name": name,
        "starts_at": row.starts_at.text(),
        "ends_at": row.ends_at.text(),
        "sequence": sequence(row),
    }


def _write(db: Session, row: BookingRow, message: BookingMessage, now: Utc) -> None:
    if row.ends_at > now:
        key = f"{row.id}/{message.sequence}"
        write.to_member(db, row.member_id, message, site_id=row.site_id, key=key, now=now)
