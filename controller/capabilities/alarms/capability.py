"""What alarms gives to the house."""

from controller.capabilities.alarms import models as models
from controller.kernel.capability import Capability

ALARMS = Capability(name="alarms")
