"""What tell gives to the house."""

from pathlib import Path

from controller.capabilities.tell import models as models
from controller.capabilities.tell.jobs import JOBS
from controller.capabilities.tell.news import HandoverNoteNews, NeedNews, UserReportNews
from controller.capabilities.tell.privacy import KEEPS
from controller.capabilities.tell.since import RECENT
from controller.domain.words.catalogue import N_
from controller.kernel.alarms import AlarmKind
from controller.kernel.capability import Capability

TELL = Capability(
    name="tell",
    alarms=(
        AlarmKind(
            "told_dangerous",
            N_("Signalé dangereux"),
            N_("Allez voir la machine avant de la laisser servir."),
            told_apart=True,
        ),
    ),
    keeps=KEEPS,
    since=RECENT,
    news=(UserReportNews, HandoverNoteNews, NeedNews),
    jobs=JOBS,
    words=Path(__file__).with_name("words"),
    migrations=Path(__file__).with_name("migrations"),
)
