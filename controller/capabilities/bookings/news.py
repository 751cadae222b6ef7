"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class BookingNews(News, frozen=True, kw_only=True):
    """A booking was made, changed or cancelled."""

    FEATURE = "bookings"
    WHAT = "booking"


class WishNews(News, frozen=True, kw_only=True):
    """Something that a member waits for is available."""

    FEATURE = "bookings"
    WHAT = "wish"
