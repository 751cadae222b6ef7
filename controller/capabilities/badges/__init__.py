"""Badges: given, found, suspended, lost, replaced."""
