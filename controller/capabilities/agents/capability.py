"""What agents gives to the house."""

from controller.capabilities.agents import models as models
from controller.capabilities.agents.changes import AgentChanged
from controller.capabilities.agents.jobs import JOBS
from controller.kernel.capability import Capability

AGENTS = Capability(name="agents", changes=(AgentChanged,), jobs=JOBS)
