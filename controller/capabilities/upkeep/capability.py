"""What upkeep gives to the house."""

from controller.capabilities.upkeep import models as models
from controller.capabilities.upkeep.jobs import JOBS
from controller.capabilities.upkeep.news import MaintenanceNews
from controller.capabilities.upkeep.privacy import KEEPS
from controller.kernel.capability import Capability

UPKEEP = Capability(name="upkeep", keeps=KEEPS, news=(MaintenanceNews,), jobs=JOBS)
