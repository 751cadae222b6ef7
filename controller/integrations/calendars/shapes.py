"""Calendars, as the API shows them."""

import msgspec

from controller.domain.time import Utc
from controller.integrations.calendars.models import CalendarKind
from controller.kernel.shapes import Shape, Slug


class NewCalendar(Shape, frozen=True, kw_only=True):
    """`own` of a member, `machine` of an access point, `room` of a zone, or the `programme`."""

    kind: CalendarKind
    member_id: str | None = None
    access_point: Slug | None = None
    zone_id: Slug | None = None
    site_id: Slug | None = None


class Calendar(Shape, frozen=True, kw_only=True):
    """One calendar; its address is never shown again."""

    id: str
    site_id: Slug
    kind: CalendarKind
    member_id: str | None
    access_point: Slug | None
    zone_id: Slug | None
    created_at: Utc
    revoked_at: Utc | None
    version: int


class CalendarMade(Calendar, frozen=True, kw_only=True):
    """A new calendar with its address, which is shown only once; it gives access to the
    calendar."""

    address: str


def with_address(calendar: Calendar, address: str) -> CalendarMade:
    """Return the calendar with its address."""
    return CalendarMade(**msgspec.structs.asdict(calendar), address=address)
