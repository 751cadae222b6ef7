"""What machines gives to the house."""

from controller.capabilities.machines import models as models
from controller.capabilities.machines.policy import FACTS
from controller.kernel.capability import Capability

MACHINES = Capability(name="machines", facts=FACTS)
