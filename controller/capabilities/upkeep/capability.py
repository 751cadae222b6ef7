"""What upkeep gives to the house."""

from controller.capabilities.upkeep.privacy import KEEPS
from controller.kernel.capability import Capability

UPKEEP = Capability(name="upkeep", keeps=KEEPS)
