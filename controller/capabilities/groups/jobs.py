"""What this feature does every so often."""

from controller.capabilities.groups import windows
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, single_transaction

JOBS = (
    Job(
        name="windows",
        title=N_("ending supervision windows"),
        run=single_transaction(windows.close_over),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
