"""What members gives to the house."""

from controller.capabilities.members import models as models
from controller.kernel.capability import Capability

MEMBERS = Capability(name="members")
