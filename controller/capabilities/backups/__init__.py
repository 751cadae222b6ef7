"""Destination, time and results of backups."""
