"""How the printers' own servers of a site are, as far as they have asked."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.print_jobs.models import PrintJob
from controller.domain.time import Utc

LONGEST = timedelta(days=7)
"""A print takes less; one that was granted before, and never told its end, is lost."""
LATELY = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJobSummary:
    """Counts of the last month's print jobs."""

    printers: int
    asked_at: Utc | None
    """When one of them has asked last, ever."""
    unended: int
    """Prints whose end was never reported."""


def summarise_print_jobs(db: Session, site_id: str, now: Utc) -> PrintJobSummary:
    """Current counts."""
    here = PrintJob.site_id == site_id
    lately = here, PrintJob.asked_at > now - LATELY
    printers = select(func.count(PrintJob.access_point_id.distinct())).where(*lately)
    unended = select(func.count()).where(
        *lately, PrintJob.asked_at < now - LONGEST, PrintJob.outcome.is_(None)
    )
    last = select(PrintJob.asked_at).where(here).order_by(PrintJob.id.desc()).limit(1)
    return PrintJobSummary(
        printers=db.scalar(printers) or 0, asked_at=db.scalar(last), unended=db.scalar(unended) or 0
    )
