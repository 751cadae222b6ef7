"""Projects alarms: one event raises an alarm, the first later one that ends it clears it.

Events may arrive in any order.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarm_counts import insert_or_count
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.groups.changes import WindowRefused
from controller.capabilities.training.changes import CertificationRefused
from controller.domain.control_characters import with_lines
from controller.domain.time import Utc
from controller.kernel.journal import CLEARING, EventRow, JournalName, StreamState
from controller.kernel.journal_where import is_from_agents, moment
from controller.kernel.outbox import post_news
from controller.kernel.projections import ProjectedTable, Projection, StoredEvent, decoded_events
from controller.wire.events import (
    DoorClosed,
    DoorForced,
    DoorHeld,
    Event,
    FaultRaised,
    FaultReset,
    Fire,
    JournalDegraded,
    PolicyRejected,
)
from controller.wire.ids import uuid7


def project(db: Session, events: Iterable[StoredEvent]) -> None:
    """Raise and clear the alarms of these events, which are stored already."""
    events = list(events)
    raises = [event for event in events if _raised(event.event)]
    clears = [event for event in events if _cleared(event.event)]
    if raises:
        _raise(db, raises)
    if clears:
        _clear(db, clears)


def raises_alarm(event: Event) -> bool:
    """Whether the event raises an alarm of its own."""
    return _raised(event) is not None


def raise_alarm(
    db: Session,
    *,
    key: str,
    site: str,
    agent: str,
    point: str | None = None,
    kind: str,
    at: Utc,
    detail: dict[str, object],
) -> None:
    """Raise an alarm without an event; a second time with the same key changes nothing."""
    seen_in = insert_or_count(db, [_row(key, site, agent, point, kind, at, None, detail)])
    post_news(db, AlarmNews(site=site, key=seen_in.get(key, key)))


def _raised(event: Event) -> tuple[str, dict[str, object]] | None:
    """Return kind and detail of the alarm that the event raises; None: it raises none."""
    match event:
        case FaultRaised():
            detail = {"latched": event.latched, "device": event.device, "text": event.text}
            return event.fault, with_lines({key: value for key, value in detail.items() if value})
        case DoorForced():
            return "door_forced", {}
        case DoorHeld():
            return "door_held", {}
        case Fire(active=True):
            return "fire", {}
        case JournalDegraded():
            kind = _OF_REASON.get(event.reason, "journal_degraded")
            return kind, {"reason": event.reason, "lost": event.lost}
        case PolicyRejected():
            return "policy_rejected", {"reason": event.reason}
        case _:
            return None


def _cleared(event: Event) -> str | None:
    """Return the kind of alarms at its access point that the event clears; None: it clears none."""
    match event:
        case FaultReset():
            return event.fault
        case DoorClosed():
            return "door_held"
        case Fire(active=False):
            return "fire"
        case _:
            return None


def _raise(db: Session, raises: Sequence[StoredEvent]) -> None:
    later = _clearing_since(db, raises)
    rows = []
    for event in raises:
        kind, detail = _raised(event.event) or ("", {})
        point = event.event.access_point
        ends = [
            clear.latest
            for clear in later
            if (clear.agent, clear.event.access_point) == (event.agent, point)
            and _cleared(clear.event) == kind
            and clear.latest >= event.latest
        ]
        end = min(ends, default=None)
        rows.append(
            _row(_key(event), event.site, event.agent, point, kind, event.latest, end, detail)
        )
    seen_in = insert_or_count(db, rows)
    for event in raises:
        if not event.late:
            key = _key(event)
            post_news(db, AlarmNews(site=event.site, key=seen_in.get(key, key)))


def _key(raised: StoredEvent) -> str:
    return f"event:{raised.event.event_id}"


def _clearing_since(db: Session, raises: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Return the stored events since the first of these that can clear an alarm."""
    rows = db.scalars(
        select(EventRow).where(
            is_from_agents({event.agent for event in raises}),
            text(CLEARING),
            or_(EventRow.at >= min(event.latest for event in raises), EventRow.at.is_(None)),
        )
    )
    return [event for row in rows for event in decoded_events(row)]


def _clear(db: Session, clears: Sequence[StoredEvent]) -> None:
    first = min(event.latest for event in clears)
    alarms = db.scalars(
        select(Alarm).where(
            Alarm.agent_id.in_({event.agent for event in clears}),
            or_(Alarm.cleared_at.is_(None), Alarm.cleared_at > first),
        )
    ).all()
    for event in clears:
        where = (event.agent, event.event.access_point, _cleared(event.event))
        for alarm in alarms:
            if where == (alarm.agent_id, alarm.access_point_id, alarm.kind) and (
                alarm.raised_at <= event.latest < (alarm.cleared_at or _NEVER)
            ):
                alarm.cleared_at = event.latest
                if not event.late:
                    post_news(db, AlarmNews(site=event.site, key=alarm.id))
    db.flush()


_OF_REASON = {"not_kept": "journal_gap", "state_lost": "state_lost"}
"""Reasons of `JournalDegraded` that have a kind of alarm of their own."""
_NEVER = Utc.parse("9999-12-31T23:59:59.999Z")


def _row(
    key: str,
    site: str,
    agent: str,
    point: str | None,
    kind: str,
    at: Utc,
    cleared_at: Utc | None,
    detail: dict[str, object],
) -> dict[str, object]:
    return {
        "id": uuid7(),
        "key": key,
        "site_id": site,
        "agent_id": agent,
        "access_point_id": point,
        "kind": kind,
        "detail": detail,
        "raised_at": at,
        "cleared_at": cleared_at,
        "taken_by": None,
        "taken_at": None,
    }


def raise_certification_refused(db: Session, refused: CertificationRefused) -> None:
    """Raise an alarm for a certification given at a machine that the controller refused.

    The agent had accepted it, so somebody has to grant it or tell the member.
    """
    raise_alarm(
        db,
        key=f"event:{refused.event_id}",
        site=refused.site,
        agent=refused.agent,
        point=refused.access_point,
        kind="certification_refused",
        at=refused.at,
        detail={"certification": refused.certification_id, "reason": refused.reason},
    )


def raise_window_refused(db: Session, refused: WindowRefused) -> None:
    """Raise an alarm for a supervision window that the controller refused: only its agent has
    it."""
    raise_alarm(
        db,
        key=f"event:{refused.event_id}",
        site=refused.site,
        agent=refused.agent,
        point=refused.access_point,
        kind="window_refused",
        at=refused.at,
        detail={"zone": refused.zone_id, "reason": refused.reason},
    )


def _without_what_cleared(db: Session) -> set[str]:
    """Return keys of alarms whose clearing event has lost its content to retention.

    A new projection would show them as active again.
    """
    gone = (
        select(StreamState.agent_id, JournalName.name, moment)
        .join(StreamState, StreamState.no == EventRow.stream_no)
        .join(JournalName, JournalName.no == EventRow.point_no)
        .where(EventRow.body.is_(None), text(CLEARING))
    )
    ends = {tuple(row) for row in db.execute(gone)}
    over = select(Alarm.key, Alarm.agent_id, Alarm.access_point_id, Alarm.cleared_at)
    return {key for key, *where in db.execute(over) if tuple(where) in ends}


def _begins(event: Event) -> str | None:
    return f"event:{event.event_id}" if raises_alarm(event) else None


_BY_HAND = ("id", "taken_by", "taken_at", "resolved_by", "resolved_at", "remark")
PROJECTION = Projection(
    project=project,
    makes=(
        ProjectedTable(
            model=Alarm,
            key="key",
            begins=_begins,
            by_hand=lambda _row: _BY_HAND,
            gone=_without_what_cleared,
        ),
    ),
)
