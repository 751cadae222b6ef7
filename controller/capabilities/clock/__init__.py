"""Whether the controller's date can be trusted, and what an admin says of it."""
