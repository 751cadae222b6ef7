"""Lists the events that agents reported, by time, agent or access point, but never by member."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.journal.shapes import Event, Quarantined
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.journal import EventRow, Quarantine, StreamState, known_numbers
from controller.kernel.journal_where import IS_SKEWED, by_id_time
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Keys, Order, Page, index_branches, site_branches
from controller.kernel.paging import page as paged
from controller.store.packed_event import id_numbers

_COMMON = frozenset(
    {
        "seq",
        "event_id",
        "boot_id",
        "mono_ms",
        "at",
        "clock_trusted",
        "access_point",
        "type",
        "prev_hash",
    }
)
"""Fields of every event, which `Event.data` leaves out."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Selects events or machine sessions by time, agent and access point; None: any."""

    since: Utc | None = None
    until: Utc | None = None
    agent: str | None = None
    access_point: str | None = None

    def in_time(self, usual: Callable[..., Any], skewed: Any) -> dict[str, Any]:
        """Return the arguments with which `index_branches` restricts the time, which it explains;
        empty without a time."""
        if self.since is None and self.until is None:
            return {}
        return {"usual": usual(self.since, self.until), "skewed": skewed}


ALL = Filter()
"""A filter that selects everything."""


_BY_ID: Order[EventRow] = Order(
    (EventRow.id_high, EventRow.id_low), id_numbers, lambda row: row.event_id
)


def page(
    db: Session, *, actor: Actor, filters: Filter = ALL, cursor: Cursor = FIRST
) -> Page[Event]:
    """Return a page of the events of the actor's sites, ordered by id, so by creation."""
    actor.require_anywhere(Permission.EVENTS_READ)
    allowed = actor.sites(Permission.EVENTS_READ)
    site_key = Keys(
        EventRow.site_no, None if allowed is None else known_numbers(db, allowed).values()
    )
    statement = _filter(select(EventRow), filters)
    branches_of_query = index_branches(
        *_key_conditions(db, filters), site_key, **filters.in_time(by_id_time, IS_SKEWED)
    )
    return paged(db, statement, _BY_ID, cursor, lambda rows: [*map(shape, rows)], branches_of_query)


def _key_conditions(db: Session, filters: Filter) -> list[Keys]:
    """Return the key conditions; an access point's comes first, since it has fewer events."""
    conditions = []
    if filters.access_point is not None:
        conditions.append(
            Keys(EventRow.point_no, known_numbers(db, [filters.access_point]).values())
        )
    if filters.agent is not None:
        streams = select(StreamState.no).where(StreamState.agent_id == filters.agent)
        conditions.append(Keys(EventRow.stream_no, db.scalars(streams).all()))
    return conditions


def quarantine(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Quarantined]:
    """Return a page of the events at the actor's sites that the hub could not store."""
    actor.require_anywhere(Permission.EVENTS_READ)
    site_key = site_branches(Quarantine.site_id, actor.sites(Permission.EVENTS_READ))
    return paged(
        db,
        select(Quarantine),
        Quarantine.id,
        cursor,
        lambda rows: [
            to_shape(row, Quarantined, raw=row.raw.decode(errors="replace")) for row in rows
        ],
        site_key,
    )


def _filter(statement: Select[EventRow], filters: Filter) -> Select[EventRow]:
    # An event without an exact time counts at the time of its reception.
    if filters.since is not None:
        statement = statement.where(
            (EventRow.at >= filters.since)
            | (EventRow.at.is_(None) & (EventRow.received_at >= filters.since))
        )
    if filters.until is not None:
        statement = statement.where(
            (EventRow.at < filters.until)
            | (EventRow.at.is_(None) & (EventRow.received_at < filters.until))
        )
    return statement


def shape(row: EventRow) -> Event:
    """Return the row as the API shows it."""
    raw = row.raw
    fields: dict[str, Any] = msgspec.json.decode(raw) if raw is not None else {}
    return to_shape(row, Event, data={key: fields[key] for key in fields if key not in _COMMON})


# Recent technical events of an agent; their types don't mention people.

TYPES = (
    "agent_started",
    "clock_stepped",
    "fault_raised",
    "fault_reset",
    "journal_degraded",
    "policy_rejected",
)
"""Types of events that `newest` returns."""
MAX_AGE = timedelta(days=7)
"""How far `newest` looks back."""
_STREAMS = 3
"""How many of an agent's streams `newest` reads; an agent starts another only after losing its
journal."""


def newest(
    db: Session, agent_id: str, site_id: str, *, actor: Actor, now: Utc, limit: int = 50
) -> list[Event]:
    """Return an agent's technical events of the last week, newest first. Raises Forbidden."""
    actor.require(Permission.EVENTS_READ, site_id)
    streams = select(StreamState.no).where(StreamState.agent_id == agent_id)
    numbers = db.scalars(streams.order_by(StreamState.updated_at.desc()).limit(_STREAMS)).all()
    since = Utc.of(now - MAX_AGE)
    rows: list[EventRow] = []
    for number in numbers:
        conditions = (
            EventRow.stream_no == number,
            EventRow.type.in_(TYPES),
            by_id_time(since, now),
        )
        newest_first = (EventRow.id_high.desc(), EventRow.id_low.desc())
        rows += db.scalars(select(EventRow).where(*conditions).order_by(*newest_first).limit(limit))
    rows.sort(key=lambda row: row.event_id, reverse=True)
    return [shape(row) for row in rows[:limit]]
