"""What organisations gives to the house."""

from controller.capabilities.organisations import models as models
from controller.kernel.capability import Capability

ORGANISATIONS = Capability(name="organisations")
