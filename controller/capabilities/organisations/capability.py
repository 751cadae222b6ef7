"""What organisations gives to the house."""

from controller.capabilities.organisations.privacy import KEEPS
from controller.kernel.capability import Capability

ORGANISATIONS = Capability(name="organisations", keeps=KEEPS)
