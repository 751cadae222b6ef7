"""What presence gives to the house."""

from controller.capabilities.presence import models as models
from controller.kernel.capability import Capability

PRESENCE = Capability(name="presence")
