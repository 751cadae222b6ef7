"""Calculates when a machine or zone is free: opening hours minus bookings."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from controller.domain import schedule
from controller.domain.facts import Site
from controller.domain.time import Utc

STEP = timedelta(minutes=30)
"""Slots begin every half-hour."""
Span = tuple[Utc, Utc]
"""Start and end."""


def opening_hours(site: Site, day: date) -> list[Span]:
    """Return the opening hours on a local day; all day for a site without hours."""
    opening = site.schedules.get(site.opening or "")
    if opening is not None:
        return schedule.openings_on(opening, site.time_zone, day)
    zone = ZoneInfo(site.time_zone)
    first, last = (datetime.combine(d, time(0), zone) for d in (day, day + timedelta(days=1)))
    return [(Utc.of(first), Utc.of(last))]


def free_spans(spans: Iterable[Span], taken: Iterable[Span], places: int, now: Utc) -> list[Span]:
    """Return the free parts of these spans, from the next half-hour on, each at least a step long.

    `places`: how many bookings may overlap.
    """
    full = _full_times(sorted(taken), places)
    free_parts = []
    for start, end in spans:
        at = max(start, next_half_hour(now))
        for full_start, full_end in full:
            if full_end <= at or full_start >= end:
                continue
            free_parts.append((at, min(full_start, end)))
            at = max(at, full_end)
        free_parts.append((at, end))
    return [(a, b) for a, b in free_parts if b - a >= STEP]


def _full_times(taken: list[Span], places: int) -> list[Span]:
    """Return the times at which all places are taken."""
    if places == 1:
        return taken
    edges = sorted({moment for span in taken for moment in span})
    pieces = pairwise(edges)
    return [
        (a, b) for a, b in pieces if sum(start <= a and b <= end for start, end in taken) >= places
    ]


def next_half_hour(now: Utc) -> Utc:
    """Return the next half-hour, or now if it is one."""
    step = round(STEP.total_seconds() * 1000)
    return Utc.of(now + timedelta(milliseconds=-now.millis() % step))


def slots(spans: Iterable[Span], lasts: timedelta) -> Iterator[Span]:
    """Yield all slots of that length within the free spans, one per step."""
    for start, end in spans:
        at = start
        while at + lasts <= end:
            yield at, Utc.of(at + lasts)
            at = Utc.of(at + STEP)
