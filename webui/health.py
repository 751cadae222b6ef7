"""Health checks: whether this process is alive, and whether it can answer requests."""

from flask.typing import ResponseReturnValue

from controller.domain.time import Utc
from controller.kernel import job_rows, outbox_places
from webui.context import context
from webui.errors import RETRY_AFTER_S
from webui.feature import Pages

pages = Pages("health", __name__)


@pages.get("/health/live", None)
def live() -> ResponseReturnValue:
    """Answer 200 as long as the process answers at all."""
    return {"status": "ok"}


@pages.get("/health/ready", None)
def ready() -> ResponseReturnValue:
    """Answer 200 with the state of jobs and readers if the database can be written; otherwise 503.

    Failed jobs and late readers are reported, but do not make this process unavailable.
    """
    database = context().database
    trouble = database.check()
    if trouble is not None:
        status = {"status": "unavailable", "database": trouble.text, "cause": trouble.cause.value}
        return status | {"since": trouble.since.text()}, 503, {"Retry-After": str(RETRY_AFTER_S)}
    with database.read() as db:
        jobs, readers = job_rows.states(db), outbox_places.lags(db)
    authority = context().authority
    return {
        "status": "ok",
        "authority": authority.fingerprint16 if authority else None,
        "jobs": [
            {
                "name": job.name,
                "site": job.site or None,
                "last_success": _text(job.succeeded_at),
                "failures": job.failures,
            }
            for job in jobs
        ],
        "readers": [
            {"name": reader.reader, "behind": reader.behind, "since": _text(reader.since)}
            for reader in readers
        ],
    }


def _text(at: Utc | None) -> str | None:
    return at.text() if at else None
