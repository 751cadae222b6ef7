"""Bookings of machines, rooms and desks as the API and the pages see them."""

from controller.domain.time import Utc
from controller.services.shapes.scalars import Shape, Slug


class BookingFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a booking: its time."""

    starts_at: Utc
    ends_at: Utc

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")


class NewBooking(BookingFields, frozen=True, kw_only=True):
    """A machine (`access_point`) or a zone (a room, or one of its desks) for a member."""

    member_id: str
    access_point: Slug | None = None
    zone_id: Slug | None = None


class Booking(BookingFields, frozen=True, kw_only=True):
    """`member_id` is null for somebody else's: that it is taken is told, not by whom."""

    id: str
    site_id: Slug
    member_id: str | None
    access_point: Slug | None
    zone_id: Slug | None
    cancelled_at: Utc | None
    version: int
