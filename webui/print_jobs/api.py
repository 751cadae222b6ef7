"""Print jobs, for printers: may this start, and how it ended."""

from typing import Annotated

import msgspec

from controller.capabilities.print_jobs import print_jobs
from controller.capabilities.print_jobs.print_jobs import PRINTS_READ, PRINTS_WRITE
from controller.capabilities.print_jobs.shapes import NewPrintJob, PrintEnd, PrintJob
from controller.kernel.errors import NotFound
from webui.api.crud import Paged, patches, reads, with_version
from webui.api.route import Call, Reply, Route

_DAY_S = 24 * 60 * 60


class PrintJobQuery(Paged, frozen=True, kw_only=True):
    """By printer, never by member."""

    access_point: str | None = None


class WhenAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Of a printer that nobody answered: how many seconds ago it began to print, at most a day; or,
    where it did not, `again`: 404 unless this very ask was answered before."""

    asked_s_ago: Annotated[int, msgspec.Meta(ge=0, le=_DAY_S)] | None = None
    again: bool = False


def _create(call: Call) -> Reply:
    if call.query.again:  # with the key of one that was answered nobody comes here
        raise NotFound("print job", "of that Idempotency-Key")
    ago: int | None = call.query.asked_s_ago
    return with_version(
        print_jobs.create(call.db, call.body, actor=call.actor, now=call.now, asked_s_ago=ago)
    )


_PRINTS = "print jobs"
ROUTES = [
    *reads("/print-jobs", print_jobs, PRINTS_READ, what=_PRINTS, query=PrintJobQuery),
    Route(
        method="POST",
        path="/print-jobs",
        handler=_create,
        query=WhenAsked,
        body=NewPrintJob,
        answers=PrintJob,
        status=201,
        permission=PRINTS_WRITE,
        summary="Ask whether a print may start",
        may_miss=True,
    ),
    patches(
        "/print-jobs/{id}", print_jobs.change, PrintEnd, PRINTS_WRITE, "Report how a print ended"
    ),
]
