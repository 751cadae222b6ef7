"""Pages and API of bookings."""
