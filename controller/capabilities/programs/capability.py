"""The feature *programs*."""

from controller.capabilities.programs.models import ProgramRow
from controller.capabilities.programs.rollout import advance_rollout
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import Capability
from controller.kernel.jobs import Job, Work
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(ProgramRow),)


def _run(work: Work) -> None:
    with work.write() as db:
        advance_rollout(db, work.site, work.now)


JOBS = (
    Job(
        name="programs",
        title=N_("upgrading boxes, one after the other"),
        run=_run,
        period_s=10.0,
        per_site=True,
    ),
)

PROGRAMS = Capability(name="programs", personal_data=PERSONAL_DATA, jobs=JOBS)
