"""What usage gives to the house."""

from controller.capabilities.usage import models as models
from controller.capabilities.usage.changes import SessionChanged
from controller.kernel.capability import Capability

USAGE = Capability(name="usage", changes=(SessionChanged,))
