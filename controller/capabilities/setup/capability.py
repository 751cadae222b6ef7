"""What setup gives to the house."""

from controller.kernel.capability import Capability

SETUP = Capability(name="setup")
