"""What upkeep gives to the house."""

from controller.capabilities.upkeep import models as models
from controller.kernel.capability import Capability

UPKEEP = Capability(name="upkeep")
