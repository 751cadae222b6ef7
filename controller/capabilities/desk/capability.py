"""The feature *desk*."""

from controller.capabilities.desk import protecting
from controller.capabilities.machines.changes import CommandAnswered
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

DESK = Capability(name="desk", reacts=(Reaction(CommandAnswered, protecting.answered),))
