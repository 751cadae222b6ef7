"""The field on top of every page."""
