"""What this feature does every so often."""

from controller.capabilities.maintenance import maintenance
from controller.domain.words.catalogue import N_
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="maintenance",
        title=N_("recherche des entretiens à faire"),
        run=at_once(maintenance.update_alarms),
    ),
)
