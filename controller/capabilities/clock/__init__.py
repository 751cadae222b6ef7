"""Checks whether the controller's date can be trusted; an admin can confirm it."""
