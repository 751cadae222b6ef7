"""What badges gives to the house."""

from controller.capabilities.badges import models as models
from controller.kernel.capability import Capability

BADGES = Capability(name="badges")
