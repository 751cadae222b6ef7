"""The feature *organisations*."""

from controller.capabilities.organisations.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

ORGANISATIONS = Capability(name="organisations", personal_data=PERSONAL_DATA)
