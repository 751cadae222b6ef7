"""What live gives to the house."""

from controller.kernel.capability import Capability

LIVE = Capability(name="live")
