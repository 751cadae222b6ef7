"""What this feature does every so often."""

from controller.capabilities.opendata import publishing
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, Work


def _catch_up(work: Work) -> None:
    """The tables are made from a view; only to put them down does anybody wait."""
    with work.read() as db:
        sites = publishing.publishing_sites(db)
    for site_id in sites:
        if not work.may():
            return
        with work.read() as db:
            tables = publishing.made(db, site_id, work.now, work.settings.retention.access_days)
        with work.write() as db:
            publishing.put(db, tables, work.now)


JOBS = (
    Job(
        name="open_data",
        title=N_("publishing open data"),
        run=_catch_up,
        period_s=900.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
