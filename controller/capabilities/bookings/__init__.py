"""Bookings of machines, zones and desks."""

OFFERS = (
    "barred_bookings",
    "barred_messages",
    "in_courses",
    "models.BookingRow",
    "news",
    "upcoming_bookings",
)
