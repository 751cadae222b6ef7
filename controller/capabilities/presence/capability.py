"""What presence gives to the house."""

from controller.capabilities.presence import models as models
from controller.capabilities.presence.policy import FACTS
from controller.kernel.capability import Capability

PRESENCE = Capability(name="presence", facts=FACTS)
