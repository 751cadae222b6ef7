"""Erase a person: everything held about them, and the link between their name and past events."""
