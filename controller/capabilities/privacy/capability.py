"""What privacy gives to the house."""

from controller.capabilities.privacy import models as models
from controller.kernel.capability import Capability

PRIVACY = Capability(name="privacy")
