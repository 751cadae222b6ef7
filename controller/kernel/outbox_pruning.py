"""The job that deletes news from the outbox that all readers have read, or that are too old."""

from controller.domain.locale.catalogue import N_
from controller.kernel import outbox, outbox_places
from controller.kernel.jobs import Job, NeedsDate, Work


def prune(work: Work) -> None:
    """Delete in small transactions, so that writers of news don't wait long."""
    with work.write() as db:
        outbox_places.forget_inactive(db, work.now)
        sites = sorted(outbox.heads(db))
    for site in sites:
        is_more = True
        while is_more and work.may_continue():
            with work.write() as db:
                is_more = outbox_places.prune(db, site, work.now)


JOBS = (
    Job(
        name="outbox",
        title=N_("deleting internal messages already read"),
        run=prune,
        period_s=300.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
