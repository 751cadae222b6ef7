"""What badges gives to the house."""

from controller.capabilities.badges import models as models
from controller.capabilities.badges.policy import FACTS
from controller.kernel.capability import Capability

BADGES = Capability(name="badges", facts=FACTS)
