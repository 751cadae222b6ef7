"""Pages and API of presence."""
