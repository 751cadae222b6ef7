"""What access gives to the house."""

from controller.kernel.capability import Capability

ACCESS = Capability(name="access")
