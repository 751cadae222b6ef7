"""Summarises a site's print jobs, to show whether its print servers still report."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.print_jobs.settlement import REPORT_PERIOD
from controller.domain.time import Utc

SUMMARY_PERIOD = timedelta(days=31)
"""The period that is summarised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJobSummary:
    """Counts of a site's print jobs in the last month."""

    printers: int
    asked_at: Utc | None
    """When any printer last asked, even before the last month."""
    unended: int
    """Prints whose end was never reported."""


def summarise_print_jobs(db: Session, site_id: str, now: Utc) -> PrintJobSummary:
    """Return the summary of a site's print jobs."""
    of_site = PrintJob.site_id == site_id
    recent = of_site, PrintJob.asked_at > now - SUMMARY_PERIOD
    printers = select(func.count(PrintJob.access_point_id.distinct())).where(*recent)
    unended = select(func.count()).where(
        *recent, PrintJob.asked_at < now - REPORT_PERIOD, PrintJob.outcome.is_(None)
    )
    last = select(PrintJob.asked_at).where(of_site).order_by(PrintJob.id.desc()).limit(1)
    return PrintJobSummary(
        printers=db.scalar(printers) or 0, asked_at=db.scalar(last), unended=db.scalar(unended) or 0
    )
