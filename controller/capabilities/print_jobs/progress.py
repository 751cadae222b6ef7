"""How far the prints of open sessions have come, by the duration that their printers expect."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.print_jobs.models import PrintJob
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class PrintProgress:
    """A print under way: how much of its time is over, in percent, and when it should end."""

    percent: int
    ends_at: Utc


def progress_by_session(
    db: Session, sessions: Collection[str], now: Utc
) -> Mapping[str, PrintProgress]:
    """Return the last print of each of these sessions, unless its time is over or unknown."""
    if not sessions:
        return {}
    statement = (
        select(PrintJob.session_id, PrintJob.asked_at, PrintJob.minutes)
        .where(
            PrintJob.session_id.in_(sessions),
            PrintJob.outcome.is_(None),
            PrintJob.minutes.is_not(None),
        )
        .order_by(PrintJob.id)
    )
    found: dict[str, PrintProgress] = {}
    for session, asked, minutes in db.execute(statement):
        end = Utc.of(asked + timedelta(minutes=minutes or 0))
        found.pop(session, None)
        if asked <= now < end:
            found[session] = PrintProgress(int(100 * (now - asked) / (end - asked)), end)
    return found
