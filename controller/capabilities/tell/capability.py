"""What tell gives to the house."""

from controller.capabilities.tell import models as models
from controller.kernel.capability import Capability

TELL = Capability(name="tell")
