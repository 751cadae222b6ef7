"""The feature *user reports*."""

from pathlib import Path

from controller.capabilities.user_reports import models as models
from controller.capabilities.user_reports.activity import RECENT
from controller.capabilities.user_reports.jobs import JOBS
from controller.capabilities.user_reports.news import HandoverNoteNews, NeedNews, UserReportNews
from controller.capabilities.user_reports.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel.alarms import AlarmKind
from controller.kernel.capability import Capability

USER_REPORTS = Capability(
    name="user_reports",
    alarms=(
        AlarmKind(
            "told_dangerous",
            N_("Reported as dangerous"),
            N_("Look at the machine before it is used again."),
            told_apart=True,
        ),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    news=(UserReportNews, HandoverNoteNews, NeedNews),
    jobs=JOBS,
    locale=Path(__file__).with_name("locale"),
)
