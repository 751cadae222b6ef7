"""Erasure, retention, export of what is held, incident search."""
