"""Print jobs, for printers: may this start, and how it ended."""

from controller.capabilities.print_jobs import print_jobs
from controller.capabilities.print_jobs.permissions import PRINTS_READ, PRINTS_WRITE
from controller.capabilities.print_jobs.shapes import NewPrintJob, PrintEnd, PrintJob
from webui.api.crud import Paged, reads, writes


class PrintJobQuery(Paged, frozen=True, kw_only=True):
    """By printer, never by member."""

    access_point: str | None = None


_PRINTS = "print jobs"
ROUTES = [
    *reads("/print-jobs", print_jobs, PrintJob, PRINTS_READ, what=_PRINTS, query=PrintJobQuery),
    *writes(
        "/print-jobs",
        print_jobs,
        PrintJob,
        PRINTS_WRITE,
        new=NewPrintJob,
        fields=PrintEnd,
        what=_PRINTS,
    ),
]
