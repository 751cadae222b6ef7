"""Pages and API of badges."""
