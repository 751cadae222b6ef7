"""Pages and API of machines."""
