"""How long printers worked in uses without reporting a print for that time (decision 0326)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing.courses import Courses
from controller.capabilities.print_jobs.models import HEATING_PERIOD, Outcome, PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc

HAS_BEGUN = PrintJob.outcome.is_distinct_from(Outcome.NOT_STARTED)
_LONGEST_PRINT = timedelta(days=7)
Span = tuple[Utc, Utc]


def seconds_by_use(db: Session, uses: Sequence[SessionRow]) -> dict[str, float]:
    """Return for each of these uses how long its printer worked, at least, outside the spans of
    all its prints and outside the course to which the use belongs."""
    times = [(use.started_at, _end(use)) for use in uses]
    spans = _spans_of_prints(db, {use.access_point_id for use in uses}, times)
    courses = Courses.of(db, uses)
    seconds: dict[str, float] = {}
    for use in uses:
        start, end = use.started_at, _end(use)
        if start is None or end is None:
            continue
        explained = list(spans[use.access_point_id])
        after = courses.time_after(use, end)
        if after is not None:
            explained.append((start, Utc.of(end - max(after, timedelta(0)))))
        seconds[use.id] = use.active_s - _common_s(start, end, explained)
    return seconds


def _end(use: SessionRow) -> Utc | None:
    """Return the end of a use, the latest possible one if it is an estimate."""
    return use.latest_end or use.ended_at


def _spans_of_prints(
    db: Session, printers: set[str], times: Iterable[tuple[Utc | None, Utc | None]]
) -> defaultdict[str, list[Span]]:
    """Return the spans of the prints that may have gone on at these times, by printer."""
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    known = [(start, end) for start, end in times if start is not None and end is not None]
    if not known:
        return spans
    first, last = min(start for start, _ in known), max(end for _, end in known)
    prints = db.scalars(
        select(PrintJob)
        .where(PrintJob.access_point_id.in_(printers), HAS_BEGUN)
        .where(PrintJob.asked_at >= first - _LONGEST_PRINT, PrintJob.asked_at < last)
    )
    for job in prints:
        spans[job.access_point_id].append(_span(job))
    return spans


def _span(job: PrintJob) -> Span:
    """Return when a print went on.

    It lasts as long as it took, or else was expected to take, plus the time for heating; at most
    until its reported end, which may come much later.
    """
    minutes = job.minutes if job.used_minutes is None else job.used_minutes
    lasted = _LONGEST_PRINT if minutes is None else HEATING_PERIOD + timedelta(minutes=minutes)
    end = Utc.of(job.asked_at + lasted)
    return job.asked_at, end if job.ended_at is None else min(end, job.ended_at)


def _common_s(start: Utc, end: Utc, spans: Iterable[Span]) -> float:
    """Return for how many seconds from `start` to `end` any of these spans went on."""
    total, reached = timedelta(0), start
    for span_start, span_end in sorted(spans):
        span_start, span_end = max(span_start, reached), min(span_end, end)
        if span_end > span_start:
            total += span_end - span_start
            reached = span_end
    return total.total_seconds()
