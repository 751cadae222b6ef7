"""What find gives to the house."""

from controller.kernel.capability import Capability

FIND = Capability(name="find")
