"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class BookingChanged(Change, frozen=True, kw_only=True):
    """A booking."""

    ROOM = "bookings"
    WHAT = "booking"
