"""What tell gives to the house."""

from controller.capabilities.tell.privacy import KEEPS
from controller.kernel.capability import Capability

TELL = Capability(name="tell", keeps=KEEPS)
