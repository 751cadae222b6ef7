"""Pages and API of journal."""
