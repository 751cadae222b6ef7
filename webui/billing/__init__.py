"""Pages and API of money."""
