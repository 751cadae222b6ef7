"""Power cuts: agents that boot within five minutes of each other make one, with the jobs lost."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.alarms.projection import raise_alarm
from controller.domain.states import EndCause
from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import SKEWED, moment, number, told_by, usual
from controller.kernel.paging import apart
from controller.kernel.projections import Projection
from controller.kernel.stored_event import StoredEvent, decoded_events
from controller.wire.events import AgentStarted, Event, SessionEnded

WITHIN = timedelta(minutes=5)
"""Agents that boot so shortly after each other lost their power together (domain.md)."""
KIND = "power_cut"
_AROUND = timedelta(hours=1)
_TYPES = ("agent_started", "session_ended")


def project(db: Session, events: Iterable[StoredEvent]) -> None:
    """Raise, or bring in step, the power cuts that these events belong to."""
    times: dict[str, list[Utc]] = {}
    for each in events:
        if _booted(each.event) or _lost(each.event):
            times.setdefault(each.site, []).append(each.latest)
    for site, moments in times.items():
        found = _around(db, site, min(moments), max(moments))
        for starts in _together([each for each in found if _booted(each.event)]):
            if len({each.agent for each in starts}) > 1:
                _tell(db, site, starts, [each for each in found if _lost(each.event)])


def _booted(event: Event) -> bool:
    return isinstance(event, AgentStarted) and event.reason == "boot"


def _lost(event: Event) -> bool:
    """Whether the event tells of a job that its agent's end has cost."""
    restarted = EndCause.AGENT_RESTARTED.value
    return isinstance(event, SessionEnded) and event.was_running and event.cause == restarted


def _around(db: Session, site: str, first: Utc, last: Utc) -> list[StoredEvent]:
    """What is stored of that time, by time; of some events only bounds are known."""
    since, until = Utc.of(first - _AROUND), Utc.of(last + _AROUND)
    near = and_(EventRow.at >= since, EventRow.at <= until)
    at_times = select(EventRow).where(EventRow.type.in_(_TYPES), or_(near, EventRow.at.is_(None)))
    rows = [
        *db.scalars(at_times.where(EventRow.site_no == number(site), usual(since, until))),
        *db.scalars(at_times.where(apart(EventRow.site_no) == number(site), SKEWED)),
    ]
    found = [each for row in rows for each in decoded_events(row)]
    return sorted(found, key=lambda each: (each.latest, each.event.event_id))


def _together(starts: Sequence[StoredEvent]) -> list[list[StoredEvent]]:
    """Starts, by time, cut where more than five minutes lie between two."""
    groups: list[list[StoredEvent]] = []
    for each in starts:
        if not groups or each.latest - groups[-1][-1].latest > WITHIN:
            groups.append([])
        groups[-1].append(each)
    return groups


def _is_frozen(db: Session, agents: set[str], first: Utc, last: Utc) -> bool:
    """Whether of a job of that time only the hash is left: it can't be counted again."""
    gone = select(EventRow.seq).where(
        told_by(agents),
        EventRow.type == "session_ended",
        EventRow.body.is_(None),
        moment >= first,
        moment <= last,
    )
    return db.scalar(gone.limit(1)) is not None


def _tell(
    db: Session, site: str, starts: Sequence[StoredEvent], lost: Sequence[StoredEvent]
) -> None:
    agents = {each.agent for each in starts}
    first, last = (Utc.of(starts[0].latest - WITHIN), Utc.of(starts[-1].latest + WITHIN))
    jobs = [each for each in lost if each.agent in agents and first <= each.latest <= last]
    detail: dict[str, Any] = {
        "agents": sorted(agents),
        "jobs_lost": sorted(str(each.event.access_point) for each in jobs),
    }
    key = f"{KIND}:{min(each.event.event_id for each in starts)}"
    known = db.scalar(select(Alarm.id).where(Alarm.key == key)) is not None
    if known and _is_frozen(db, agents, first, last):
        return
    others = [f"{KIND}:{each.event.event_id}" for each in starts]
    for alarm in db.scalars(select(Alarm).where(Alarm.key.in_(others), Alarm.key != key)):
        db.delete(alarm)  # an earlier start has come in since: it is the same cut
    db.flush()
    at = starts[0].latest
    raise_alarm(db, key=key, site=site, agent=starts[0].agent, kind=KIND, at=at, detail=detail)
    alarm = db.scalars(select(Alarm).where(Alarm.key == key)).one()
    alarm.detail, alarm.raised_at, alarm.agent_id = detail, at, starts[0].agent
    db.flush()


PROJECTION = Projection(project=project)
