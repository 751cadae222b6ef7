"""What usage gives to the house."""

from controller.capabilities.usage import models as models
from controller.kernel.capability import Capability

USAGE = Capability(name="usage")
