"""API of bookings of machines, rooms and desks."""

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking, BookingFields, Cancellation
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.api.crud import Paged, calls_service, read_routes, write_routes
from webui.api.route import Route

_ANYONE, _OWN = Permission.RULES_READ, Permission.OWN_WRITE


class BookingQuery(Paged, frozen=True, kw_only=True):
    """Selects bookings that overlap the time from `since` to `until`, of one thing or of all."""

    since: Utc | None = None
    until: Utc | None = None
    access_point: str | None = None
    zone_id: str | None = None


ROUTES = [
    *read_routes("/bookings", bookings, _ANYONE, what="bookings", query=BookingQuery),
    *write_routes("/bookings", bookings, _OWN, fields=BookingFields, what="bookings"),
    Route(
        method="POST",
        path="/bookings/{id}/cancel",
        handler=calls_service(bookings.cancel, "id", etag=True),
        body=Cancellation,
        answers=Booking,
        permission=_OWN,
        summary="Cancel a booking",
    ),
]
