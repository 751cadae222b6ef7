"""Seconds of use in a period: whole days from daily totals, both ends from sessions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.time import Utc

_BATCH_SIZE = 50
"""Number of spans in one SQL statement; each has four parts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A period, and which use to count in it. A session counts as a whole when it began."""

    access_point: str
    counts: str
    """Which seconds to count: `active` or `powered`."""
    zone: str
    """The time zone of the daily totals."""
    since: Utc
    until: Utc | None = None
    """None: up to now."""


def seconds_of_use(db: Session, spans: Mapping[str, Span]) -> dict[str, float]:
    """Return the seconds of use in each span, by its key."""
    keys = list(spans)
    totals_ms = dict.fromkeys(keys, 0)
    for start in range(0, len(keys), _BATCH_SIZE):
        batch = keys[start : start + _BATCH_SIZE]
        parts = [part for index, key in enumerate(batch) for part in _parts(index, spans[key])]
        for index, milliseconds in db.execute(union_all(*parts)):
            totals_ms[batch[index]] += round(milliseconds or 0)
    return {key: milliseconds / 1000 for key, milliseconds in totals_ms.items()}


def _parts(index: int, span: Span) -> Iterator[Select[Any, Any]]:
    """Yield the selects whose sum is the span's milliseconds, each with the span's index."""
    seconds = SessionRow.powered_s if span.counts == "powered" else SessionRow.active_s
    at_point = SessionRow.access_point_id == span.access_point
    sessions = select(literal(index), func.sum(func.round(seconds * 1000))).where(at_point)
    first, last, edges = _split_span(span)
    for since, until in edges:
        began = (SessionRow.started_at >= since,)
        yield sessions.where(*began, *(() if until is None else (SessionRow.started_at < until,)))
    # A session without a known start counts where it ended.
    ended: Sequence[Any] = (SessionRow.started_at.is_(None), SessionRow.ended_at >= span.since)
    until_end = () if span.until is None else (SessionRow.ended_at < span.until,)
    yield sessions.where(*ended, *until_end)
    milliseconds = UsageDay.powered_ms if span.counts == "powered" else UsageDay.active_ms
    days = select(literal(index), func.sum(milliseconds)).where(
        UsageDay.access_point_id == span.access_point, UsageDay.day > first
    )
    yield days if last is None else days.where(UsageDay.day < last)


def _split_span(span: Span) -> tuple[date, date | None, list[tuple[Utc, Utc | None]]]:
    """Return the days for which totals are used, and the remaining periods at both ends."""
    zone = ZoneInfo(span.zone)
    first = span.since.astimezone(zone).date()
    last = None if span.until is None else span.until.astimezone(zone).date()
    if first == last:
        return first, last, [(span.since, span.until)]
    edges: list[tuple[Utc, Utc | None]] = [
        (span.since, Utc.midnight(first + timedelta(days=1), zone))
    ]
    if last is not None:
        edges.append((Utc.midnight(last, zone), span.until))
    return first, last, edges
