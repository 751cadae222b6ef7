"""What time alone changes in the policy."""

from controller.domain.facts import Name
from controller.kernel.jobs import Job, catching_up
from controller.policy.refresh import refresh_due

JOBS = (
    Job(
        name="policy",
        title=Name(fr="droits qui commencent ou finissent", en="rights that begin or end"),
        run=catching_up(refresh_due),
        deadline_s=300.0,
        hold_s=300.0,
    ),
)
