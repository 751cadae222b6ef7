"""Home Assistant: how its broker is, and the doors that it may open."""
