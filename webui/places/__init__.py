"""Pages and API of places."""
