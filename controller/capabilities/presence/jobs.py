"""What this feature does every so often."""

from controller.capabilities.presence import occupancy, presence
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, single_transaction

JOBS = (
    Job(
        name="presence",
        title=N_("signing out at closing"),
        run=single_transaction(presence.sign_out_due),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    Job(
        name="occupancy",
        title=N_("counting who is in"),
        run=single_transaction(occupancy.note_all),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
