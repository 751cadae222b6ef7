"""Gives up waiting for the end of a machine session that its box will not report.

A box that has lost its memory reports no end. The next use of the machine normally ends such a
session; without one, this job does, and the session is charged by what was reported (decision
0251).
"""

from datetime import timedelta

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.jobs import Job, NeedsDate, single_transaction
from controller.kernel.outbox import post_news

WAIT = timedelta(days=1)
"""How long a box may be offline, or online without this session, until the job gives up."""
_AT_ONCE = 200


def give_up(db: Session, now: Utc) -> None:
    """Mark sessions that are no longer running, according to their boxes, as given up."""
    last = Utc.of(now - WAIT)
    is_running = AgentState.online & (PointStateRow.session_id == SessionRow.id)
    answers_or_is_lost = or_(
        AgentState.online, AgentState.seen_at.is_(None), AgentState.seen_at < last
    )
    rows = db.scalars(
        select(SessionRow)
        .outerjoin(AgentState, AgentState.agent_id == SessionRow.agent_id)
        .outerjoin(PointStateRow, PointStateRow.access_point_id == SessionRow.access_point_id)
        .where(
            SessionRow.ended_at.is_(None),
            SessionRow.given_up_at.is_(None),
            func.coalesce(SessionRow.state_at, SessionRow.started_at) < last,
            SessionRow.member_ref.is_not(None),  # nobody is charged for the others
            answers_or_is_lost,
            func.coalesce(is_running, false()).is_(false()),
        )
        .order_by(SessionRow.id)
        .limit(_AT_ONCE)
        .with_for_update(of=SessionRow)
    )
    for row in rows.all():
        row.given_up_at = now
        post_news(db, SessionNews(site=row.site_id, key=row.id))
    db.flush()


JOBS = (
    Job(
        name="usage",
        title=N_("giving up ends of uses that no box reported"),
        run=single_transaction(give_up),
        period_s=3600.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
