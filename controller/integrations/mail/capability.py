"""The feature *mail*."""

from controller.kernel.capability import Capability

MAIL = Capability(name="mail")
"""Sends the features' messages to people through the configured SMTP server."""
