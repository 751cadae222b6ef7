"""What this feature does every so often."""

from controller.capabilities.maintenance import maintenance
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, single_transaction

JOBS = (
    Job(
        name="maintenance",
        title=N_("looking for maintenance that is due"),
        run=single_transaction(maintenance.update_alarms),
    ),
)
