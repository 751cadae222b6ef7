"""The people known to a place."""
