"""Pages and API of access."""
