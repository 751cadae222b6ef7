"""Pages and API of maintenance."""
