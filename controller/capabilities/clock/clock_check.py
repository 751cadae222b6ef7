"""Checks the controller's date against its last check, events, agents and the time server.

With a wrong date, everything could seem due. So jobs that delete data wait until the date is
plausible, or an admin has confirmed it (decision 0202).
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.models import AgentAway, AgentState
from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.clock.models import ClockCheck
from controller.capabilities.clock.synchronisation import is_synchronised
from controller.capabilities.places.models import SiteRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import AlarmKind
from controller.kernel.errors import Invalid
from controller.kernel.jobs import Job, NeedsDate, Work
from controller.kernel.journal import EventRow
from controller.kernel.models import AuditEntry
from controller.kernel.rows import ensure
from controller.kernel.shapes import Shape
from controller.store.packed_event import id_from

AHEAD_OF_LAST_CHECK = timedelta(days=7)
"""If the controller was off for longer, an admin is asked to confirm the date."""
AHEAD_OF_EVENTS = timedelta(days=31)
"""Longest time without events; a site may be closed for a month."""
MAX_AGENT_DIFFERENCE = timedelta(hours=6)
"""How far the date may differ from that of the agents."""
MAX_BEHIND = timedelta(days=1)
"""How far the date may be before the last check."""
CONFIRMED_FOR = timedelta(days=31)
"""How long a confirmed date is trusted without events or a time server."""
ALARM_AFTER = timedelta(days=1)
"""An unreachable time server raises an alarm only after this time; until then jobs wait."""

CONFIRM = Permission("clock:confirm")
UNSURE = AlarmKind(
    "clock_unsure",
    N_("The controller’s date may be wrong"),
    N_("Meanwhile, nothing is erased. Set the controller’s clock, or have an admin confirm it."),
)


class Doubt(StrEnum):
    """What is wrong with the date."""

    AHEAD_OF_LAST_CHECK = "ahead_of_last_check"
    """Long after the last check."""
    AHEAD_OF_EVENTS = "ahead_of_events"
    """Long after the newest event."""
    AGENTS_DIFFER = "agents_differ"
    """The agents' clocks show another time."""
    BEHIND = "behind"
    """Before the last check."""
    UNSYNCHRONISED = "unsynchronised"
    """The time server is not reached."""


class ClockState(Shape, frozen=True, kw_only=True):
    """The controller's time, and the doubt about it."""

    now: Utc
    doubt: Doubt | None
    since: Utc | None
    plausible_at: Utc | None
    """When the date was last plausible."""
    confirmed_at: Utc | None
    """When an admin last confirmed the date."""


class Confirmation(Shape, frozen=True, kw_only=True):
    """A date that an admin confirms."""

    date: date


def doubt(db: Session, now: Utc, *, synchronised: bool | None) -> Doubt | None:
    """Return the most serious doubt about this date, or None."""
    return next(_doubts(db, now, synchronised), None)


def state(db: Session, now: Utc, *, synchronised: bool | None) -> ClockState:
    """Return the current assessment of the date."""
    row = db.get(ClockCheck, 1) or ClockCheck()
    current_doubt = doubt(db, now, synchronised=synchronised)
    return ClockState(
        now=now,
        doubt=current_doubt,
        since=row.doubt_since if current_doubt else None,
        plausible_at=row.plausible_at,
        confirmed_at=row.confirmed_at,
    )


def is_date_sure(
    db: Session,
    needs: NeedsDate,
    now: Utc,
    synchronised: Callable[[], bool | None] = is_synchronised,
) -> bool:
    """Return whether a job with these needs may run."""
    current_doubt = doubt(db, now, synchronised=synchronised())
    return current_doubt is None or (
        current_doubt is Doubt.UNSYNCHRONISED and needs is NeedsDate.PLAUSIBLE
    )


def check(db: Session, now: Utc, *, synchronised: bool | None) -> None:
    """Record the assessment of the date, and raise or clear the alarm."""
    row, current_doubt = _row(db), doubt(db, now, synchronised=synchronised)
    if current_doubt in (None, Doubt.UNSYNCHRONISED):
        row.plausible_at = now
    if row.doubt != current_doubt:
        row.doubt, row.doubt_since = current_doubt, now if current_doubt else None
    is_too_soon = (
        current_doubt is Doubt.UNSYNCHRONISED and now - (row.doubt_since or now) < ALARM_AFTER
    )
    _set_alarm(db, current_doubt if not is_too_soon else None, now)


def confirm(db: Session, new: Confirmation, *, actor: Actor, now: Utc) -> ClockState:
    """Record that an admin confirmed the date. Raises Invalid, Forbidden."""
    actor.require_anywhere(CONFIRM)
    if new.date not in _days(now):
        raise Invalid.of("date", f"the controller's clock says {now.text()}: set the clock first")
    row = _row(db)
    row.plausible_at, row.confirmed_at, row.confirmed_by = now, now, actor.ref
    row.doubt = row.doubt_since = None
    audit.record(db, actor, now, "date_confirmed", "clock:controller", date=new.date.isoformat())
    _set_alarm(db, None, now)
    return state(db, now, synchronised=None)


def _doubts(db: Session, now: Utc, synchronised: bool | None) -> Iterator[Doubt]:
    row = db.get(ClockCheck, 1) or ClockCheck()
    confirmed = row.confirmed_at if row.confirmed_at and row.confirmed_at <= now else None
    last = row.plausible_at or newest_audit_entry(db)
    if last is not None and now - last > AHEAD_OF_LAST_CHECK:
        yield Doubt.AHEAD_OF_LAST_CHECK
    if last is not None and last - now > MAX_BEHIND:
        yield Doubt.BEHIND
    is_recent = confirmed is not None and now - confirmed <= AHEAD_OF_LAST_CHECK
    ahead = None if is_recent else agents_ahead(db, now)
    if ahead is not None and abs(ahead) > MAX_AGENT_DIFFERENCE:
        yield Doubt.AGENTS_DIFFER
    if confirmed is not None and now - confirmed <= CONFIRMED_FOR:
        return
    newest = newest_event(db, now)
    if newest is not None and now - newest > AHEAD_OF_EVENTS:
        yield Doubt.AHEAD_OF_EVENTS
    if synchronised is False:
        yield Doubt.UNSYNCHRONISED


def _days(now: Utc) -> set[date]:
    """Return the dates that are current somewhere on Earth."""
    return {Utc.of(now + timedelta(hours=hours)).date() for hours in (-12, 0, 14)}


def _row(db: Session) -> ClockCheck:
    return ensure(db, select(ClockCheck).where(ClockCheck.id == 1), ClockCheck(id=1))


def _set_alarm(db: Session, new_doubt: Doubt | None, now: Utc) -> None:
    for site in db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all():
        set_alarm(
            db,
            key=f"{UNSURE.kind}:{site}",
            site_id=site,
            kind=UNSURE.kind,
            access_point=None,
            detail={"doubt": new_doubt.value} if new_doubt else {},
            is_on=new_doubt is not None,
            now=now,
        )


def _run(work: Work) -> None:
    synchronised = is_synchronised()
    with work.write() as db:
        check(db, work.now, synchronised=synchronised)


JOBS = (Job(name="clock", title=N_("check of the controller’s date"), run=_run),)

# What the database reveals of the date, apart from this controller's clock.

_LATEST = 100
"""How many of the newest events are read, since some agents' clocks may be wrong."""


def newest_event(db: Session, now: Utc) -> Utc | None:
    """Return the newest event's time by its agent's clock; ignores events in the future."""
    rows = db.execute(
        select(EventRow.at, EventRow.received_at)
        .where(EventRow.id_high < id_from(now.millis() + 1))
        .order_by(EventRow.id_high.desc())
        .limit(_LATEST)
    )
    times = [min(row.at, row.received_at) for row in rows if row.at is not None]
    return max((at for at in times if at <= now), default=None)


def newest_audit_entry(db: Session) -> Utc | None:
    """Return the time of the newest audit entry; used before the first check."""
    return db.scalar(select(AuditEntry.at).order_by(AuditEntry.seq.desc()).limit(1))


def agents_ahead(db: Session, now: Utc) -> timedelta | None:
    """Return by how much the online agents' clocks are ahead of ours (the median).

    None if no agent with a trusted clock is online.
    """
    leads = sorted(_leads_of_agents(db, now))
    return leads[(len(leads) - 1) // 2] if leads else None


def _leads_of_agents(db: Session, now: Utc) -> Iterator[timedelta]:
    since = Utc.of(now - UNKNOWN_AFTER)
    # After an absence, the telemetry may still be from before it.
    was_away = exists().where(
        AgentAway.agent_id == AgentState.agent_id,
        or_(AgentAway.until.is_(None), AgentAway.until >= since),
    )
    states = select(AgentState.seen_at, AgentState.telemetry).where(
        AgentState.seen_at >= since, AgentState.seen_at <= now, ~was_away
    )
    for seen_at, telemetry in db.execute(states):
        report = telemetry or {}
        if seen_at is not None and report.get("clock_trusted") and report.get("at"):
            yield Utc.parse(report["at"]) - seen_at
