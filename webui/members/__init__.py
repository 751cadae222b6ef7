"""Pages and API of members."""
