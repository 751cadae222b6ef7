"""What this feature lets people do, and who may."""

from controller.kernel.actor import Permission

METRICS = Permission("metrics")
"""To read the figures; for a token of a monitoring system."""
