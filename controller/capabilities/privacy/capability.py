"""What privacy gives to the house."""

from controller.capabilities.privacy.privacy import KEEPS
from controller.kernel.capability import Capability

PRIVACY = Capability(name="privacy", keeps=KEEPS)
