"""Bookings of machines, rooms and desks as the API and the pages see them."""

from controller.capabilities.members.shapes import OnBehalf
from controller.domain.access.decision import DenyReason
from controller.domain.time import Utc
from controller.kernel.shapes import DecisionText, Line, OneOf, Shape, Slug


class BookingFields(OnBehalf, frozen=True, kw_only=True):
    """What can be changed of a booking: its time, and on whose behalf it is."""

    starts_at: Utc
    ends_at: Utc

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")


class NewBooking(OneOf, BookingFields, frozen=True, kw_only=True):
    """A machine (`access_point`) or a zone (a room, or one of its desks) for a member.

    Without organisation and project: on behalf of whom the member works at present.
    """

    ONE_OF = ("access_point", "zone_id")

    member_id: str
    access_point: Slug | None = None
    zone_id: Slug | None = None


class Cancellation(Shape, frozen=True, kw_only=True):
    """With a reason, who decides about money takes back what has passed of a room too."""

    reason: Line | None = None


class BookingWarning(Shape, frozen=True, kw_only=True):
    """What the rule would say at that time, as far as it is known now."""

    reason: DenyReason
    text: DecisionText


class Booking(BookingFields, frozen=True, kw_only=True):
    """Of somebody else's it is told that it is taken, not by whom, nor on whose behalf."""

    id: str
    site_id: Slug
    member_id: str | None
    access_point: Slug | None
    zone_id: Slug | None
    cancelled_at: Utc | None
    version: int
    warning: BookingWarning | None = None
    """Told to the desk as it books: the member has no right to it yet, or none any more then."""
