"""What upkeep gives to the house."""

from pathlib import Path

from controller.capabilities.upkeep import models as models
from controller.capabilities.upkeep.jobs import JOBS
from controller.capabilities.upkeep.news import MaintenanceNews
from controller.capabilities.upkeep.privacy import KEEPS
from controller.capabilities.upkeep.since import RECENT
from controller.domain.words.catalogue import N_
from controller.kernel.alarms import AlarmKind
from controller.kernel.capability import Capability

UPKEEP = Capability(
    name="upkeep",
    alarms=(
        AlarmKind(
            "maintenance_due",
            N_("Entretien à faire"),
            N_("Faites-le, puis notez-le comme fait."),
            told_apart=True,
            clears=N_("disparaît une fois l’entretien noté"),
            calm=True,
        ),
    ),
    words=Path(__file__).with_name("words"),
    keeps=KEEPS,
    since=RECENT,
    news=(MaintenanceNews,),
    jobs=JOBS,
)
