"""Switching to Loquet: the pages of imports."""
