"""What this feature does every so often."""

from controller.capabilities.agents.silence import tell_silent
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, catching_up

JOBS = (
    Job(
        name="silence",
        title=N_("looking for silent agents"),
        run=catching_up(tell_silent),
        period_s=15.0,
    ),
)
