"""What groups gives to the house."""

from controller.capabilities.groups import models as models
from controller.kernel.capability import Capability

GROUPS = Capability(name="groups")
