"""Pages and API of usage."""
