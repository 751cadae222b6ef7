"""What this feature does every so often."""

from controller.capabilities.user_reports import dangers, handover, user_reports
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, single_transaction

JOBS = (
    Job(
        name="dangers",
        title=N_("stopping dangerous machines"),
        run=single_transaction(dangers.stop_idle),
    ),
    Job(
        name="user_reports",
        title=N_("forgetting who told what is done"),
        run=single_transaction(user_reports.forget_people),
        needs_date=NeedsDate.SYNCHRONISED,
    ),
    Job(
        name="handover_notes",
        title=N_("forgetting notes that are done"),
        run=single_transaction(handover.forget_old),
        needs_date=NeedsDate.SYNCHRONISED,
    ),
)
