"""The progress of prints in open sessions, by the duration that their printers expect."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.print_jobs.models import PrintJob
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class PrintProgress:
    """A current print: its progress in percent of the time, and its expected end."""

    percent: int
    ends_at: Utc


def progress_by_session(
    db: Session, sessions: Collection[str], now: Utc
) -> Mapping[str, PrintProgress]:
    """Return the progress of each session's last print, unless its time is over or unknown."""
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
    progress: dict[str, PrintProgress] = {}
    for session, asked_at, minutes in db.execute(statement):
        if session is None:
            continue
        end = Utc.of(asked_at + timedelta(minutes=minutes or 0))
        progress.pop(session, None)
        if asked_at <= now < end:
            progress[session] = PrintProgress(int(100 * (now - asked_at) / (end - asked_at)), end)
    return progress
