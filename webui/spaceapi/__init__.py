"""The address that directories of places read."""
