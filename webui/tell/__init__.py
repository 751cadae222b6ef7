"""Pages and API of tell."""
