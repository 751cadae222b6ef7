"""Count events for metrics when they are first stored."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.domain.time import Utc
from controller.kernel.projections import StoredEvent
from controller.store.upsert import add_sums
from controller.wire.events import AccessDenied, AccessGranted

_MILLISECOND = timedelta(milliseconds=1)


def count(db: Session, events: Sequence[StoredEvent], now: Utc) -> None:
    """Add these events to the totals of their sites."""
    # Sorted, so that two transactions can't deadlock.
    add_sums(
        db, EventTotal, [_stored_row(*total) for total in sorted(_of_events(events, now).items())]
    )
    add_sums(db, DecisionTotal, [_tap_row(*total) for total in sorted(_of_taps(events).items())])


def _of_events(events: Sequence[StoredEvent], now: Utc) -> dict[tuple[str, str], list[int]]:
    """Return, by site and type: how many were stored, how many on time, and their way in ms."""
    sums: dict[tuple[str, str], list[int]] = {}
    for event in events:
        total = sums.setdefault((event.site, str(event.event.__struct_config__.tag)), [0, 0, 0])
        total[0] += 1
        if not event.arrived_late and event.at is not None:
            total[1] += 1
            total[2] += max(0, (now - event.at) // _MILLISECOND)
    return sums


def _of_taps(events: Sequence[StoredEvent]) -> dict[tuple[str, str, str], int]:
    sums: dict[tuple[str, str, str], int] = {}
    for event in events:
        match event.event:
            case AccessGranted(access_point=point):
                key = (event.site, point or "", "")
            case AccessDenied(access_point=point, reason=reason):
                key = (event.site, point or "", reason.value)
            case _:
                continue
        sums[key] = sums.get(key, 0) + 1
    return sums


def _stored_row(key: tuple[str, str], total: list[int]) -> dict[str, object]:
    stored, on_time, way_ms = total
    return {
        "site_id": key[0],
        "type": key[1],
        "stored": stored,
        "on_time": on_time,
        "way_ms": way_ms,
    }


def _tap_row(key: tuple[str, str, str], taps: int) -> dict[str, object]:
    site, point, reason = key
    return {"site_id": site, "access_point_id": point, "reason": reason, "taps": taps}
