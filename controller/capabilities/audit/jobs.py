"""Each day the whole chain is read again."""

from controller.capabilities.audit import chain_check
from controller.domain.locale.catalogue import N_
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.audit import START
from controller.kernel.jobs import Job, Work

_BY = Actor.system("audit")


def _read(work: Work) -> None:
    with work.read() as db:
        found = audit.check(db, START)
    with work.write() as db:
        chain_check.keep(db, found, START, actor=_BY, now=work.now)


JOBS = (
    Job(
        name="audit_check",
        title=N_("reading the audit again"),
        run=_read,
        period_s=86_400.0,
        deadline_s=3600.0,
        first_s=300.0,
    ),
)
