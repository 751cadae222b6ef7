"""Erases a person: all data about them, and the link between their name and past events."""
