"""What machines gives to the house."""

from controller.capabilities.machines import models as models
from controller.capabilities.machines.news import CommandNews, PointNews
from controller.kernel.capability import Capability

MACHINES = Capability(name="machines", news=(PointNews, CommandNews))
