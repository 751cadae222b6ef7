"""Small screens."""
