"""What agents gives to the house."""

from controller.capabilities.agents.privacy import KEEPS
from controller.kernel.capability import Capability

AGENTS = Capability(name="agents", keeps=KEEPS)
