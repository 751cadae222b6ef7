"""The feature *mail*."""

from pathlib import Path

from controller.kernel.capability import Capability

MAIL = Capability(name="mail", locale=Path(__file__).with_name("locale"))
"""Sends the features' messages to people through the configured SMTP server."""
