"""Projects alarms: an event raises an alarm, and the first later one that ends it clears it.

Events may arrive in any order.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarm_counts import insert_or_count
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.groups.changes import WindowRefused
from controller.capabilities.plans.changes import GrantWithoutPlan
from controller.capabilities.training.changes import CertificationRefused
from controller.domain.control_characters import with_single_lines
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
    """Raise and clear the alarms of these stored events."""
    events = list(events)
    raises = [event for event in events if _alarm_of(event.event)]
    clears = [event for event in events if _cleared_kind(event.event)]
    if raises:
        _raise_alarms(db, raises)
    if clears:
        _clear_alarms(db, clears)


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
    """Raise an alarm without an event, once per key."""
    alarm_ids = insert_or_count(db, [_row(key, site, agent, point, kind, at, None, detail)])
    post_news(db, AlarmNews(site=site, key=alarm_ids.get(key, key)))


def _alarm_of(event: Event) -> tuple[str, dict[str, object]] | None:
    """Return kind and detail of the alarm that the event raises, or None."""
    match event:
        case FaultRaised():
            detail = {"latched": event.latched, "device": event.device, "text": event.text}
            return event.fault, with_single_lines(
                {key: value for key, value in detail.items() if value}
            )
        case DoorForced():
            return "door_forced", {}
        case DoorHeld():
            return "door_held", {}
        case Fire(active=True):
            return "fire", {}
        case JournalDegraded():
            kind = _KIND_OF_REASON.get(event.reason, "journal_degraded")
            return kind, {"reason": event.reason, "lost": event.lost}
        case PolicyRejected():
            return "policy_rejected", {"reason": event.reason}
        case _:
            return None


def _cleared_kind(event: Event) -> str | None:
    """Return the kind of alarms at its access point that the event clears, or None."""
    match event:
        case FaultReset():
            return event.fault
        case DoorClosed():
            return "door_held"
        case Fire(active=False):
            return "fire"
        case _:
            return None


def _raise_alarms(db: Session, raises: Sequence[StoredEvent]) -> None:
    later = _clearing_since(db, raises)
    rows = []
    for event in raises:
        kind, detail = _alarm_of(event.event) or ("", {})
        point = event.event.access_point
        ends = [
            clear.best_time
            for clear in later
            if (clear.agent, clear.event.access_point) == (event.agent, point)
            and _cleared_kind(clear.event) == kind
            and clear.best_time >= event.best_time
        ]
        end = min(ends, default=None)
        rows.append(
            _row(_key(event), event.site, event.agent, point, kind, event.best_time, end, detail)
        )
    alarm_ids = insert_or_count(db, rows)
    for event in raises:
        if not event.arrived_late:
            key = _key(event)
            post_news(db, AlarmNews(site=event.site, key=alarm_ids.get(key, key)))


def _key(raised: StoredEvent) -> str:
    return f"event:{raised.event.event_id}"


def _clearing_since(db: Session, raises: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Return the stored events, from the first of these on, that can clear an alarm."""
    rows = db.scalars(
        select(EventRow).where(
            is_from_agents({event.agent for event in raises}),
            text(CLEARING),
            or_(EventRow.at >= min(event.best_time for event in raises), EventRow.at.is_(None)),
        )
    )
    return [event for row in rows for event in decoded_events(row)]


def _clear_alarms(db: Session, clears: Sequence[StoredEvent]) -> None:
    first = min(event.best_time for event in clears)
    alarms = db.scalars(
        select(Alarm).where(
            Alarm.agent_id.in_({event.agent for event in clears}),
            or_(Alarm.cleared_at.is_(None), Alarm.cleared_at > first),
        )
    ).all()
    for event in clears:
        place_and_kind = (event.agent, event.event.access_point, _cleared_kind(event.event))
        for alarm in alarms:
            if place_and_kind == (alarm.agent_id, alarm.access_point_id, alarm.kind) and (
                alarm.raised_at <= event.best_time < (alarm.cleared_at or _NEVER)
            ):
                alarm.cleared_at = event.best_time
                if not event.arrived_late:
                    post_news(db, AlarmNews(site=event.site, key=alarm.id))
    db.flush()


_KIND_OF_REASON = {"not_kept": "journal_gap", "state_lost": "state_lost"}
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
    """Raise an alarm for a certification at a machine that the controller refused.

    Its agent had accepted it, so somebody has to grant it or tell the member.
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


def raise_grant_without_plan(db: Session, grant: GrantWithoutPlan) -> None:
    """Raise an alarm for a member whom an offline agent admitted though no plan is known for it,
    once for each member, agent and day.

    Its key does not say who it is; nor does anything, if the member's record is gone.
    """
    about = f"{grant.agent} {grant.member_ref} {grant.day}"
    raise_alarm(
        db,
        key=f"without_plan:{sha256(about.encode()).hexdigest()}",
        site=grant.site,
        agent=grant.agent,
        point=grant.access_point,
        kind="grant_without_plan",
        at=grant.at,
        detail={"member": None if grant.is_gone else grant.member_ref},
    )


def raise_window_refused(db: Session, refused: WindowRefused) -> None:
    """Raise an alarm for a supervision window that the controller refused; it exists only at its
    agent."""
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


def _cleared_by_emptied_events(db: Session) -> set[str]:
    """Return keys of alarms whose clearing event has lost its content to retention.

    Projecting them again would show them as active.
    """
    emptied = (
        select(StreamState.agent_id, JournalName.name, moment)
        .join(StreamState, StreamState.no == EventRow.stream_no)
        .join(JournalName, JournalName.no == EventRow.point_no)
        .where(EventRow.body.is_(None), text(CLEARING))
    )
    ends = {tuple(row) for row in db.execute(emptied)}
    cleared_alarms = select(Alarm.key, Alarm.agent_id, Alarm.access_point_id, Alarm.cleared_at)
    return {key for key, *place in db.execute(cleared_alarms) if tuple(place) in ends}


def _alarm_key(event: Event) -> str | None:
    return f"event:{event.event_id}" if _alarm_of(event) is not None else None


_BY_HAND = ("id", "taken_by", "taken_at", "resolved_by", "resolved_at", "remark")
PROJECTION = Projection(
    project=project,
    tables=(
        ProjectedTable(
            model=Alarm,
            key="key",
            start_key=_alarm_key,
            manual_columns=lambda _row: _BY_HAND,
            forgotten_keys=_cleared_by_emptied_events,
        ),
    ),
)
