"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class BookingNews(News, frozen=True, kw_only=True):
    """A booking."""

    ROOM = "bookings"
    WHAT = "booking"
