"""What this room does every so often."""

from controller.capabilities.opendata import publishing
from controller.domain.words.catalogue import N_
from controller.kernel.jobs import Job, Work


def _catch_up(work: Work) -> None:
    with work.write() as db:
        publishing.catch_up_all(db, work.now, work.settings.retention.access_days)


JOBS = (
    Job(
        name="open_data",
        title=N_("publication des données ouvertes"),
        run=_catch_up,
        period_s=900.0,
    ),
)
