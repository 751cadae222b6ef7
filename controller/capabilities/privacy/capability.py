"""What privacy gives to the house."""

from controller.capabilities.privacy import models as models
from controller.capabilities.privacy.jobs import JOBS
from controller.capabilities.privacy.privacy import KEEPS
from controller.kernel.capability import Capability

PRIVACY = Capability(name="privacy", keeps=KEEPS, jobs=JOBS)
