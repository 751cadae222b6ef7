"""What members gives to the house."""

from controller.capabilities.members import models as models
from controller.capabilities.members.names import NAMES
from controller.kernel.capability import Capability

MEMBERS = Capability(name="members", names=NAMES)
