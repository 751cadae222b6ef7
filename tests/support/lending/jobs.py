"""What this feature does every so often."""

from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, at_once
from tests.support.lending import lending

JOBS = (
    Job(
        name="overdue_tools",
        title=N_("looking for tools that are overdue"),
        run=at_once(lending.mark_overdue),
    ),
)
