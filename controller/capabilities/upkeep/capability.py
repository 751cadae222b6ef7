"""What upkeep gives to the house."""

from controller.capabilities.upkeep import models as models
from controller.capabilities.upkeep.changes import MaintenanceChanged
from controller.capabilities.upkeep.jobs import JOBS
from controller.kernel.capability import Capability

UPKEEP = Capability(name="upkeep", changes=(MaintenanceChanged,), jobs=JOBS)
