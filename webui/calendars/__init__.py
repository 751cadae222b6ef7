"""Calendars: pages that manage their addresses, and the feeds at these addresses."""
