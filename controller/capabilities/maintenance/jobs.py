"""What this feature does every so often."""

from controller.capabilities.maintenance import maintenance
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="maintenance",
        title=N_("looking for maintenance that is due"),
        run=at_once(maintenance.update_alarms),
    ),
)
