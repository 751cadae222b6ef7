"""The feature *mail*."""

from pathlib import Path

from controller.kernel.capability import Capability

MAIL = Capability(name="mail", locale=Path(__file__).with_name("locale"))
"""What features write to people goes out by the place's SMTP server."""
