"""Pages and API of groups."""
