"""Explains access decisions to people: what `decide()` would answer to a tap, and why."""
