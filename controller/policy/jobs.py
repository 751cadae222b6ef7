"""Periodic job: policy changes that are caused by time alone."""

from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, Work
from controller.policy.refresh import refresh_due


def _refresh(work: Work) -> None:
    """After a clock was set back, what it ended or began too early is compiled again as well."""
    with work.write() as db:
        refresh_due(db, work.since, max(work.now, work.set_back_from or work.now))


JOBS = (
    Job(
        name="policy",
        title=N_("rights that begin or end"),
        run=_refresh,
        deadline_s=300.0,
        hold_s=300.0,
    ),
)
