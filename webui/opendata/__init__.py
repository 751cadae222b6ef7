"""Open data, for people and for programs."""
