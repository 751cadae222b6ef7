"""What time alone changes in the policy."""

from controller.domain.words.catalogue import N_
from controller.kernel.jobs import Job, catching_up
from controller.policy.refresh import refresh_due

JOBS = (
    Job(
        name="policy",
        title=N_("droits qui commencent ou finissent"),
        run=catching_up(refresh_due),
        deadline_s=300.0,
        hold_s=300.0,
    ),
)
