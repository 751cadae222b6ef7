"""What this feature tells of, through the outbox."""

from controller.kernel.news import News


class BookingNews(News, frozen=True, kw_only=True):
    """A booking."""

    FEATURE = "bookings"
    WHAT = "booking"


class WishNews(News, frozen=True, kw_only=True):
    """What somebody wanted to be told of is free."""

    FEATURE = "bookings"
    WHAT = "wish"
