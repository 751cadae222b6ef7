"""Pages and API of bench."""
