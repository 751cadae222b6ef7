"""What mail gives to the house."""

from pathlib import Path

from controller.kernel.capability import Capability

MAIL = Capability(name="mail", words=Path(__file__).with_name("words"))
"""What rooms write to people goes out by the place's SMTP server."""
