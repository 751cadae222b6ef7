"""The list of a machine's prints, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.capabilities.print_jobs.models import Outcome
from controller.capabilities.print_jobs.shapes import PrintJob
from controller.domain.time import Utc
from webui.i18n import _
from webui.i18n.dates import Zone, format_relative, format_remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintLine:
    """One print: its name, its details, and how it ended."""

    at: str
    name: str
    details: str
    failed: bool


def print_line(job: PrintJob, names: Mapping[str, str], now: Utc, zone: Zone) -> PrintLine:
    """Return a print as a line: when, by whom, how long, how much material, and how it ended."""
    minutes = job.minutes if job.outcome is None else job.used_minutes
    grams = job.grams if job.outcome is None else job.used_grams
    parts = [
        names.get(f"member:{job.member_id}", "") if job.member_id else "",
        format_remaining(minutes * 60) if minutes else "",
        _("%(n)s g", n=round(grams)) if grams else "",
        _end_text(job, now),
    ]
    return PrintLine(
        at=format_relative(job.asked_at, now, zone),
        name=job.name or _("A print"),
        details=" · ".join(filter(None, parts)),
        failed=job.outcome is Outcome.FAILED,
    )


def _end_text(job: PrintJob, now: Utc) -> str:
    if job.outcome is None:
        lasted_min = (now - job.asked_at).total_seconds() / 60
        if job.minutes and lasted_min < job.minutes:
            return _("at %(n)s %% of its time", n=int(100 * lasted_min / job.minutes))
        return _("end not reported yet")
    texts = {
        Outcome.COMPLETED: _("finished"),
        Outcome.CANCELLED: _("stopped"),
        Outcome.NOT_STARTED: _("not started"),
        Outcome.FAILED: _("failed"),
    }
    return texts[job.outcome]
