"""Printers that say themselves whether they run."""
