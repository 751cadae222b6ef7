"""Meters with a current clamp on an analogue-to-digital converter."""
