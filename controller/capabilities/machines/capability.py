"""What machines gives to the house."""

from controller.capabilities.machines import models as models
from controller.kernel.capability import Capability

MACHINES = Capability(name="machines")
