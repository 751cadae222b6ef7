"""Permissions of this feature, and the roles that have them."""

from controller.kernel.actor import Permission

METRICS = Permission("metrics")
"""To read the figures; for a token of a monitoring system."""
