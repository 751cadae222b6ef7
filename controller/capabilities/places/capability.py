"""What places gives to the house."""

from controller.capabilities.places import models as models
from controller.capabilities.places.policy import FACTS
from controller.capabilities.places.privacy import KEEPS
from controller.kernel.capability import Capability

PLACES = Capability(name="places", keeps=KEEPS, facts=FACTS)
