"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class BookingNews(News, frozen=True, kw_only=True):
    """A booking."""

    ROOM = "bookings"
    WHAT = "booking"


class WishNews(News, frozen=True, kw_only=True):
    """What somebody wanted to be told of is free."""

    ROOM = "bookings"
    WHAT = "wish"
