"""What this feature does every so often."""

from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, single_transaction
from tests.support.lending import lending

JOBS = (
    Job(
        name="overdue_tools",
        title=N_("looking for tools that are overdue"),
        run=single_transaction(lending.mark_overdue),
    ),
)
