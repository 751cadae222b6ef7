"""What this room does every so often."""

from controller.capabilities.upkeep import maintenance
from controller.domain.facts import Name
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="maintenance",
        title=Name(fr="recherche des entretiens à faire", en="looking for maintenance that is due"),
        run=at_once(maintenance.look),
    ),
)
