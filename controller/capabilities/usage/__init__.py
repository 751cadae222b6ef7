"""Machine sessions, and the report of use."""
