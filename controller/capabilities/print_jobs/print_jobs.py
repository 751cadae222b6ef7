"""Print jobs: a printer asks before it starts, and reports how the print ended."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members import memberships
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.print_jobs import settlement
from controller.capabilities.print_jobs.changes import PrintJobNews
from controller.capabilities.print_jobs.models import HEATING_PERIOD, Outcome
from controller.capabilities.print_jobs.models import PrintJob as Row
from controller.capabilities.print_jobs.shapes import NewPrintJob, PrintEnd, PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import PointKind
from controller.domain.locale.catalogue import N_
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import AccessDenied, Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.models import AuditEntry
from controller.kernel.names import members_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, require_readable, require_version, visible
from controller.kernel.translation import in_every_language
from controller.kernel.validate import merge
from controller.wire.ids import uuid7_of

# Who may act for a printer and who may see prints; also scopes of a print server's token.

PRINTS_WRITE = Permission("prints:write", (Role.MANAGER,))
PRINTS_READ = Permission("prints:read", (Role.MANAGER,))

LONGEST_DELAY = timedelta(days=1)
"""How late a printer may tell of a print that still belongs to a use: the clock of its print server
may have been set in a longer time."""
MAX_NOTED_GRAMS = 100_000
LIKELY_G = 5.0
"""From which likely weight on a reported one that is far below it is not believed."""


def create(
    db: Session, new: NewPrintJob, *, actor: Actor, now: Utc, asked_s_ago: int | None = None
) -> PrintJob:
    """Decide whether a printer may start a print, and record it. Raises Invalid, AccessDenied.

    The member who has tapped a badge at the printer may print: its agent has decided that, and this
    switches nothing on. `asked_s_ago`: it has begun already, without a request or without an
    answer; it belongs to the machine session that was open then, if there was one.
    """
    point = db.get(AccessPointRow, new.access_point)
    is_known = point is not None and actor.may(PRINTS_WRITE, point.site_id)
    if point is None or not is_known or point.kind is not PointKind.MACHINE:
        raise Invalid.of("access_point", f"no machine {new.access_point}")
    asked_at = Utc.of(now - timedelta(seconds=asked_s_ago or 0))
    late = asked_s_ago is not None
    session_id = (
        session_at(db, point.id, asked_at, now) if late else granted_session(db, point, now)
    )
    session = db.get(SessionRow, session_id) if session_id else None
    row = Row(
        id=uuid7_of(now.millis() << 12, secrets.randbits(80)),  # searches go by its time
        site_id=point.site_id,
        access_point_id=point.id,
        session_id=session_id,
        member_ref=session.member_ref if session else None,
        name=new.name,
        minutes=new.minutes,
        grams=new.grams,
        asked_at=asked_at,
        asked_by=actor.ref,
    )
    db.add(row)
    return _flush_and_publish(db, row)


def get(db: Session, job_id: str, *, actor: Actor) -> PrintJob:
    """Return one print. Raises NotFound."""
    return _shapes(db, [visible(db, Row, job_id, "print job", actor, PRINTS_READ)])[0]


def page(
    db: Session, *, actor: Actor, access_point: str | None = None, cursor: Cursor = FIRST
) -> Page[PrintJob]:
    """Return a page of the prints of the actor's sites, or of one printer; never by member."""
    statement = select(Row).where(at_sites(Row.site_id, actor.sites(PRINTS_READ)))
    if access_point is not None:
        statement = statement.where(Row.access_point_id == access_point)
    return paged(db, statement, Row.id, cursor, lambda rows: _shapes(db, rows))


def change(
    db: Session, job_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> PrintJob:
    """Record how a print ended, as the printer reports; needs no open machine session.

    Raises NotFound, Stale, Invalid; Conflict if another end was reported before.
    """
    locked = select(Row).where(Row.id == job_id).with_for_update()
    row = db.scalar(locked.execution_options(populate_existing=True))
    if row is None:
        raise NotFound("print job", job_id)
    require_readable(actor, PRINTS_WRITE, row.site_id, "print job", job_id)
    require_version(row, version)
    end = merge(_shapes(db, [row])[0], patch, PrintEnd)
    if end.outcome is None:
        raise Invalid.of("outcome", "required: how it ended")
    if row.outcome is not None:
        return _repeat_report(db, row, end)
    counted_grams = row.used_grams
    row.outcome, row.used_minutes = end.outcome, end.used_minutes
    row.used_grams = _believed_grams(row, end, now)
    row.ended_at = now
    if row.session_id is None:  # its box may have reported since
        row.session_id = session_at(db, row.access_point_id, row.asked_at, now)
    if row.settled_at is not None:
        if row.used_grams is None or _is_noted(db, row):
            row.used_grams = counted_grams
        weights = {"grams": end.used_grams, "before": counted_grams, "after": row.used_grams}
        subject = f"print_job:{row.id}"
        audit.record(db, actor, now, "print_end_late", subject, row.site_id, **weights)
    db.flush()
    settlement.settle(db, row, actor=actor, now=now, counted_grams=counted_grams)
    return _flush_and_publish(db, row)


def note_weight(db: Session, job_id: str, grams: float, *, actor: Actor, now: Utc) -> PrintJob:
    """Note what a settled print weighs of which the printer reported no weight; 0 charges nothing.

    Raises NotFound; Invalid above `MAX_NOTED_GRAMS`; Forbidden for the actor's own; Conflict if its
    weight is known by now.
    """
    row = _settled_print(db, job_id, actor)
    if not 0 <= grams <= MAX_NOTED_GRAMS:
        raise Invalid.of("grams", f"from 0 to {MAX_NOTED_GRAMS}")
    if row.used_grams is not None:
        raise Conflict("the weight of this print is known by now")
    return _set_weight(db, row, grams, "print_weighed", actor=actor, now=now)


def forget_weight(db: Session, job_id: str, noted: float, *, actor: Actor, now: Utc) -> PrintJob:
    """Undo `note_weight` of `noted` grams.

    Raises NotFound; Forbidden for the actor's own; Conflict if that is not its noted weight.
    """
    row = _settled_print(db, job_id, actor)
    if row.used_grams != noted or not _is_noted(db, row):
        raise Conflict("this was decided in the meantime")
    return _set_weight(db, row, None, "print_unweighed", actor=actor, now=now)


def _settled_print(db: Session, job_id: str, actor: Actor) -> Row:
    """Return a print whose weight the actor may decide, locked. Raises NotFound, Forbidden."""
    locked = select(Row).where(Row.id == job_id, Row.settled_at.is_not(None)).with_for_update()
    row = db.scalar(locked.execution_options(populate_existing=True))
    if row is None:
        raise NotFound("print job", job_id)
    require_readable(actor, Permission.MONEY_WRITE, row.site_id, "print job", job_id)
    session = get_or_404(db, SessionRow, row.session_id or "", "session")
    member_id, _name = members_of(db, [row.member_ref]).get(row.member_ref or "", (None, ""))
    payer = OnBehalf(organisation_id=session.organisation_id, project_id=session.project_id)
    memberships.check_not_own(db, actor, member_id, payer)
    return row


def _set_weight(
    db: Session, row: Row, grams: float | None, action: str, *, actor: Actor, now: Utc
) -> PrintJob:
    before, row.used_grams = row.used_grams, grams
    db.flush()
    audit.record(db, actor, now, action, f"print_job:{row.id}", row.site_id, grams=grams)
    settlement.settle(db, row, actor=actor, now=now, counted_grams=before)
    return _flush_and_publish(db, row)


def last_prints(db: Session, access_point: str, *, actor: Actor, limit: int) -> list[PrintJob]:
    """Return the last prints of a machine, newest first; empty if the actor may not see them."""
    at_actors_sites = at_sites(Row.site_id, actor.sites(PRINTS_READ))
    rows = select(Row).where(Row.access_point_id == access_point, at_actors_sites)
    return _shapes(db, db.scalars(rows.order_by(Row.id.desc()).limit(limit)))


def _is_noted(db: Session, row: Row) -> bool:
    """Return whether a person has noted the weight; a report does not overrule them."""
    decisions = select(AuditEntry.action).where(
        AuditEntry.subject == f"print_job:{row.id}",
        AuditEntry.action.in_(("print_weighed", "print_unweighed")),
    )
    return db.scalar(decisions.order_by(AuditEntry.seq.desc()).limit(1)) == "print_weighed"


def _believed_grams(row: Row, end: PrintEnd, now: Utc) -> float | None:
    """Return the reported weight; None if it is far too low for the time.

    A print server that was restarted reports zero. Decision 0328.
    """
    grams, elapsed = end.used_grams, now - row.asked_at
    if grams is None or end.outcome is Outcome.NOT_STARTED:
        return grams
    if row.grams is None:
        has_run = end.outcome is Outcome.COMPLETED or elapsed > HEATING_PERIOD
        return None if grams == 0 and has_run else grams
    part = 1.0
    if end.outcome is not Outcome.COMPLETED:
        minutes = elapsed.total_seconds() / 60 if grams == 0 else end.used_minutes
        if row.minutes and minutes is not None:
            part = min(1.0, minutes / row.minutes)
        elif grams > 0 or elapsed <= HEATING_PERIOD:
            return grams
    likely = row.grams * part
    return None if grams < likely / 2 and likely >= LIKELY_G else grams


def _repeat_report(db: Session, row: Row, end: PrintEnd) -> PrintJob:
    """Return the print for a repeated report. Raises Conflict for a different one."""
    is_known = row.used_grams is not None
    if (end.outcome, end.used_minutes) != (row.outcome, row.used_minutes) or (
        is_known and end.used_grams != row.used_grams
    ):
        raise Conflict("its end was already reported, and differently")
    return _shapes(db, [row])[0]


def _flush_and_publish(db: Session, row: Row) -> PrintJob:
    db.flush()
    post_news(db, PrintJobNews(site=row.site_id, key=row.id))
    return _shapes(db, [row])[0]


def _shapes(db: Session, rows: Iterable[Row]) -> list[PrintJob]:
    rows = list(rows)
    people = members_of(db, [row.member_ref for row in rows])
    return [
        to_shape(row, PrintJob, member_id=people.get(row.member_ref or "", (None, ""))[0])
        for row in rows
    ]


# Whether somebody may use a printer now, as its agent reported; access is not decided here.

_POWERED_PHASES = (MachinePhase.ARMED, MachinePhase.RUNNING)


class PrintRefusal(StrEnum):
    """Why a print may not start."""

    BADGE_FIRST = "badge_first"
    AGENT_SILENT = "agent_silent"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"


REFUSAL_TEXTS = {
    PrintRefusal.BADGE_FIRST: N_(
        "Tap your badge on the printer’s reader first, then start the print again."
    ),
    PrintRefusal.AGENT_SILENT: N_(
        "This printer’s box does not respond, so it is not known who has tapped. Tell the desk, "
        "then start the print again."
    ),
    PrintRefusal.FAULT: N_(
        "This printer has been stopped for safety. Tell somebody in charge: the print can be "
        "started again once it is reset."
    ),
    PrintRefusal.OUT_OF_SERVICE: N_(
        "This printer is out of service. The desk knows why, and until when."
    ),
}
_REFUSAL_BY_PHASE = {
    MachinePhase.FAULT.value: PrintRefusal.FAULT,
    MachinePhase.OUT_OF_SERVICE.value: PrintRefusal.OUT_OF_SERVICE,
}


def granted_session(db: Session, point: AccessPointRow, now: Utc) -> str:
    """Return the id of the open machine session that the agent granted. Raises AccessDenied."""
    state = db.get(PointStateRow, point.id)
    agent = db.get(AgentState, point.agent_id) if point.agent_id else None
    if state is None or state.agent_id != point.agent_id or not is_online(agent, now):
        raise _denial(db, PrintRefusal.AGENT_SILENT)
    if state.session_id is None or state.state not in _POWERED_PHASES:
        raise _denial(db, _REFUSAL_BY_PHASE.get(state.state, PrintRefusal.BADGE_FIRST))
    session = db.get(SessionRow, state.session_id)
    if session is not None and session.ended_at is not None:
        raise _denial(db, PrintRefusal.BADGE_FIRST)
    return state.session_id


def session_at(db: Session, access_point: str, asked_at: Utc, now: Utc) -> str | None:
    """Return the id of the machine session that was open at `asked_at`; None if that is too long
    ago, or if several without a time may have been open (decision 0334)."""
    if now - asked_at > LONGEST_DELAY:
        return None
    end = func.coalesce(SessionRow.latest_end, SessionRow.ended_at)
    went_on = or_(SessionRow.ended_at.is_(None), end >= asked_at)
    open_sessions = (
        select(SessionRow.id, SessionRow.latest_start)
        .where(SessionRow.access_point_id == access_point, went_on)
        .where(SessionRow.started_at <= asked_at)
        .order_by(SessionRow.started_at.desc())
    )
    found = db.execute(open_sessions.limit(2)).all()
    if not found:
        return None
    session_id, latest_start = found[0]
    may_be_later = latest_start is not None and latest_start > asked_at
    return None if may_be_later and len(found) > 1 else session_id


def _denial(db: Session, reason: PrintRefusal) -> AccessDenied:
    return AccessDenied(
        reason, in_every_language(db, lambda words: words.say(REFUSAL_TEXTS[reason]))
    )
