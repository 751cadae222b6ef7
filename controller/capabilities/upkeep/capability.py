"""What upkeep gives to the house."""

from controller.capabilities.upkeep import models as models
from controller.capabilities.upkeep.jobs import JOBS
from controller.capabilities.upkeep.news import MaintenanceNews
from controller.kernel.capability import Capability

UPKEEP = Capability(name="upkeep", news=(MaintenanceNews,), jobs=JOBS)
