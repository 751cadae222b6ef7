"""What agents reported, for those in charge: by time, agent and access point, never by member."""

from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.journal.shapes import Event, Quarantined
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites

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


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events or sessions: from a time until another, of an agent, of an access point."""

    since: Utc | None = None
    until: Utc | None = None
    agent: str | None = None
    access_point: str | None = None


ALL = Filter()


def page(
    db: Session, *, actor: Actor, filters: Filter = ALL, cursor: Cursor = FIRST
) -> Page[Event]:
    """The events of the actor's sites, ordered by id, which is the order of their making."""
    actor.require_anywhere(Permission.EVENTS_READ)
    here = at_sites(EventRow.site_id, actor.sites(Permission.EVENTS_READ))
    statement = _filtered(select(EventRow).where(here), filters)
    key = EventRow.event_id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def quarantine(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Quarantined]:
    """What was signed but could not be taken, at the actor's sites."""
    actor.require_anywhere(Permission.EVENTS_READ)
    here = at_sites(Quarantine.site_id, actor.sites(Permission.EVENTS_READ))
    return paged(
        db,
        select(Quarantine).where(here),
        Quarantine.id,
        cursor,
        lambda rows: [_quarantined(row) for row in rows],
    )


def _filtered(statement: Select[EventRow], filters: Filter) -> Select[EventRow]:
    # A time that is known within bounds only is found by when it was received.
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
    if filters.agent is not None:
        statement = statement.where(EventRow.agent_id == filters.agent)
    if filters.access_point is not None:
        statement = statement.where(EventRow.access_point_id == filters.access_point)
    return statement


def shape(row: EventRow) -> Event:
    """The row as the API gives it."""
    fields: dict[str, Any] = msgspec.json.decode(row.raw) if row.raw is not None else {}
    return Event(
        event_id=row.event_id,
        agent_id=row.agent_id,
        stream=row.stream,
        seq=row.seq,
        type=row.type,
        access_point=row.access_point_id,
        at=row.at,
        received_at=row.received_at,
        late=row.late,
        data={key: fields[key] for key in fields if key not in _COMMON},
    )


def _quarantined(row: Quarantine) -> Quarantined:
    return Quarantined(
        id=row.id,
        agent_id=row.agent_id,
        stream=row.stream,
        seq=row.seq,
        received_at=row.received_at,
        reason=row.reason,
        raw=row.raw.decode(errors="replace"),
    )
