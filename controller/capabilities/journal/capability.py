"""What journal gives to the house."""

from controller.kernel.capability import Capability

JOURNAL = Capability(name="journal")
