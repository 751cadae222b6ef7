"""Declares the feature *user reports*."""

from controller.capabilities.machines.changes import ServiceChanged
from controller.capabilities.places.changes import ZoneRemoved
from controller.capabilities.user_reports import (
    dangers,
    handover,
    needs,
    report_codes,
    user_reports,
)
from controller.capabilities.user_reports import models as models
from controller.capabilities.user_reports.activity import RECENT
from controller.capabilities.user_reports.news import HandoverNoteNews, NeedNews, UserReportNews
from controller.capabilities.user_reports.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import AlarmKind, Capability, Reaction
from controller.kernel.jobs import Job, NeedsDate, single_transaction

JOBS = (
    Job(
        name="dangers",
        title=N_("stopping dangerous machines"),
        run=single_transaction(dangers.stop_idle),
    ),
    Job(
        name="user_reports",
        title=N_("erasing who reported what has been resolved"),
        run=single_transaction(user_reports.forget_people),
        needs_date=NeedsDate.SYNCHRONISED,
    ),
    Job(
        name="discarded_reports",
        title=N_("erasing the texts of discarded reports"),
        run=single_transaction(needs.forget_discarded),
        needs_date=NeedsDate.SYNCHRONISED,
    ),
    Job(
        name="handover_notes",
        title=N_("deleting handover notes that are done"),
        run=single_transaction(handover.forget_old),
        needs_date=NeedsDate.SYNCHRONISED,
    ),
)

USER_REPORTS = Capability(
    name="user_reports",
    alarms=(
        AlarmKind(
            "told_dangerous",
            N_("Reported as dangerous"),
            N_("Check the machine before it is used again, and resolve the report."),
            has_catch_up_rows=True,
        ),
    ),
    reacts=(
        Reaction(ServiceChanged, dangers.check_resolved),
        Reaction(ZoneRemoved, report_codes.delete_of_zone),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    news=(UserReportNews, HandoverNoteNews, NeedNews),
    jobs=JOBS,
)
