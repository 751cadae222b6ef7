"""Pages and API of upkeep."""
