"""What this feature does every so often."""

from controller.capabilities.opendata import publication
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, Work


def _catch_up(work: Work) -> None:
    """The tables are made from a view; only to put them down does anybody wait."""
    with work.read() as db:
        sites = publication.publishing_sites(db)
    for site_id in sites:
        if not work.may():
            return
        with work.read() as db:
            tables = publication.prepare_tables(
                db, site_id, work.now, work.settings.retention.access_days
            )
        with work.write() as db:
            publication.store_tables(db, tables, work.now)


JOBS = (
    Job(
        name="open_data",
        title=N_("publishing open data"),
        run=_catch_up,
        period_s=900.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
