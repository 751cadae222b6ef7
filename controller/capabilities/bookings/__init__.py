"""Bookings of machines, rooms and desks."""
