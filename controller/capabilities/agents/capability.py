"""What agents gives to the house."""

from controller.capabilities.agents import models as models
from controller.kernel.capability import Capability

AGENTS = Capability(name="agents")
