"""Pages and API of privacy."""
