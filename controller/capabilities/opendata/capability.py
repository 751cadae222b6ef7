"""The feature *opendata*."""

from controller.capabilities.opendata import publication
from controller.capabilities.opendata.privacy import PERSONAL_DATA
from controller.capabilities.opendata.publication import OpenDataNews
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import Capability
from controller.kernel.jobs import Job, NeedsDate, Work


def _catch_up(work: Work) -> None:
    """Publish the months that are due; reads the tables first to keep the write lock short."""
    with work.read() as db:
        sites = publication.publishing_sites(db)
    for site_id in sites:
        if not work.may_continue():
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

OPENDATA = Capability(name="opendata", news=(OpenDataNews,), jobs=JOBS, personal_data=PERSONAL_DATA)
