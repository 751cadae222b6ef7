"""The feature *places*."""

from controller.capabilities.places import models as models
from controller.capabilities.places.policy import FACTS
from controller.capabilities.places.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

PLACES = Capability(name="places", personal_data=PERSONAL_DATA, facts=FACTS)
