"""Declares the feature *audit*, with the daily check of the whole chain."""

from controller.capabilities.audit import chain_check
from controller.capabilities.audit.activity import RECENT
from controller.capabilities.audit.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.audit import START
from controller.kernel.capability import Capability
from controller.kernel.jobs import Job, Work

# The job checks the whole chain each day.

_BY = Actor.system("audit")


def _check_chain(work: Work) -> None:
    with work.read() as db:
        result = audit.check(db, START)
    with work.write() as db:
        chain_check.record_check(db, result, START, actor=_BY, now=work.now)


JOBS = (
    Job(
        name="audit_check",
        title=N_("audit log check"),
        run=_check_chain,
        period_s=86_400.0,
        deadline_s=3600.0,
        first_s=300.0,
    ),
)

AUDIT = Capability(name="audit", personal_data=PERSONAL_DATA, activity=RECENT, jobs=JOBS)
