"""What desk gives to the house."""

from controller.kernel.capability import Capability

DESK = Capability(name="desk")
