"""The page of Home Assistant: the state of its broker, and the doors that it may open."""
