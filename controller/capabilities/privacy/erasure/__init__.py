"""Erase a person: the link between a name and what happened, and everything held about them."""
