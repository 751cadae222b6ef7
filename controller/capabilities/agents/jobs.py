"""What this room does every so often."""

from controller.capabilities.agents.silence import tell_silent
from controller.domain.facts import Name
from controller.kernel.jobs import Job, catching_up

JOBS = (
    Job(
        name="silence",
        title=Name(fr="recherche des boîtiers muets", en="looking for silent agents"),
        run=catching_up(tell_silent),
        period_s=15.0,
    ),
)
