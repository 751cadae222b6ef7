"""Calendars: their addresses, and what is read by them."""
