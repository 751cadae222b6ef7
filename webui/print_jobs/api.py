"""API of print jobs, for printers: may a print start, and how did it end."""

from typing import Annotated

import msgspec

from controller.capabilities.print_jobs import print_jobs
from controller.capabilities.print_jobs.print_jobs import PRINTS_READ, PRINTS_WRITE
from controller.capabilities.print_jobs.shapes import NewPrintJob, PrintEnd, PrintJob
from controller.kernel.errors import NotFound
from webui.api.crud import Paged, patch_route, read_routes, with_etag
from webui.api.route import Call, Reply, Route

_MONTH_S = 31 * 24 * 60 * 60


class PrintJobQuery(Paged, frozen=True, kw_only=True):
    """The query: the jobs of one printer, or all; never of one member."""

    access_point: str | None = None


class WhenAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The query of a request that is sent late, or sent again.

    `asked_s_ago`: how many seconds ago, at most a month, the printer began to print although it
    had asked nobody, or had no answer. The answer is 201, also if nobody had tapped then. After
    more than a day, the print belongs to nobody.
    `again`: repeats an earlier request for its stored answer, and creates nothing, as the printer
    did not print. The answer is 404 if that request was never answered.
    """

    asked_s_ago: Annotated[int, msgspec.Meta(ge=0, le=_MONTH_S)] | None = None
    again: bool = False
    """Whether the same request was sent before."""


def _create(call: Call) -> Reply:
    # a request that was answered before is answered by its key, and does not come here
    if call.query.again:
        raise NotFound("print job", "of that Idempotency-Key")
    ago: int | None = call.query.asked_s_ago
    return with_etag(
        print_jobs.create(call.db, call.body, actor=call.actor, now=call.now, asked_s_ago=ago)
    )


_PRINTS = "print jobs"
ROUTES = [
    *read_routes("/print-jobs", print_jobs, PRINTS_READ, what=_PRINTS, query=PrintJobQuery),
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
    patch_route(
        "/print-jobs/{id}", print_jobs.change, PrintEnd, PRINTS_WRITE, "Report how a print ended"
    ),
]
