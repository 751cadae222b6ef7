"""Pages and API of organisations."""
