"""What upkeep gives to the house."""

from pathlib import Path

from controller.capabilities.upkeep import models as models
from controller.capabilities.upkeep.jobs import JOBS
from controller.capabilities.upkeep.news import MaintenanceNews
from controller.capabilities.upkeep.privacy import KEEPS
from controller.kernel.capability import Capability

UPKEEP = Capability(
    name="upkeep",
    keeps=KEEPS,
    news=(MaintenanceNews,),
    jobs=JOBS,
    words=Path(__file__).with_name("words"),
)
