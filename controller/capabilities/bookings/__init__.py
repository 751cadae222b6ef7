"""Bookings of machines, rooms and desks."""

OFFERS = ("barred", "barred_messages", "in_courses", "models.BookingRow", "news")
