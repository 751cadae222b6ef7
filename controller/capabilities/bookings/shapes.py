"""Bookings of machines, zones and desks in the form that the API and the pages use."""

from controller.capabilities.members.shapes import OnBehalf
from controller.domain.access.decision import DenyReason
from controller.domain.time import Utc
from controller.kernel.shapes import DecisionText, Line, OneOf, Shape, Slug


class BookingFields(OnBehalf, frozen=True, kw_only=True):
    """The fields of a booking that can be changed: its time and its payer."""

    starts_at: Utc
    ends_at: Utc

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")


class NewBooking(OneOf, BookingFields, frozen=True, kw_only=True):
    """The booking of a machine (`access_point`) or a zone (all of it, or one of its desks).

    Without organisation and project, the payer is the one for whom the member works at that time.
    """

    ONE_OF = ("access_point", "zone_id")

    member_id: str
    access_point: Slug | None = None
    zone_id: Slug | None = None


class Cancellation(Shape, frozen=True, kw_only=True):
    """A cancellation. `reason`: makes the elapsed part of a zone's booking free too.

    Only somebody who decides about money may give one.
    """

    reason: Line | None = None


class BookingWarning(Shape, frozen=True, kw_only=True):
    """A reason why the member would have no access at the time of the booking, as known now."""

    reason: DenyReason
    text: DecisionText


class Booking(BookingFields, frozen=True, kw_only=True):
    """A booking; to readers who may not read members, without member and payer."""

    id: str
    site_id: Slug
    member_id: str | None
    access_point: Slug | None
    zone_id: Slug | None
    cancelled_at: Utc | None
    missed_at: Utc | None
    """When the machine was released, or the booking ended, because the member did not come."""
    version: int
    warning: BookingWarning | None = None
    """Given to the desk when it books: the member would have no access at that time."""
