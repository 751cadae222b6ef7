"""What this feature does every so often."""

from controller.capabilities.self_service import visits
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, single_transaction

JOBS = (
    Job(
        name="terminal_visits",
        title=N_("forgetting who stood at a terminal"),
        run=single_transaction(visits.forget_over),
        period_s=3600.0,
    ),
)
