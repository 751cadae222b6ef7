"""Pages and API of lending."""
