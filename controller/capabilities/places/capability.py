"""What places gives to the house."""

from controller.capabilities.places import models as models
from controller.kernel.capability import Capability

PLACES = Capability(name="places")
