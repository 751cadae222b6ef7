"""Declares the feature *agents*, and answers whether all events since a time have arrived."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.agents import models as models
from controller.capabilities.agents.activity import RECENT
from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.away import publish_silent
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.models import AgentAway, AgentRow, AgentState
from controller.capabilities.agents.policy import FACTS
from controller.capabilities.agents.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.capability import Capability, Reaction
from controller.kernel.jobs import Job, transaction_since_last_run
from controller.kernel.journal_where import SILENCE, ArrivalQuestion, NotArrived
from controller.policy.models import PolicySite

JOBS = (
    Job(
        name="silence",
        title=N_("looking for offline boxes"),
        run=transaction_since_last_run(publish_silent),
        period_s=15.0,
    ),
)

# Whether events may still be missing, because an agent is offline or catching up.


def answer_arrival(db: Session, question: ArrivalQuestion) -> None:
    """Raise NotArrived if events since that time may still be missing.

    An agent that went offline or came back since then may still have unsent events. One that was
    offline before and still is doesn't matter, since it can't have acted on later changes.
    """
    at_site = true() if question.site_id is None else AgentRow.site_id == question.site_id
    is_away = AgentAway.until.is_(None) & (AgentAway.since >= question.since)
    away = (
        select(AgentAway.until, AgentState.telemetry)
        .join(AgentRow, AgentRow.id == AgentAway.agent_id)
        .outerjoin(AgentState, AgentState.agent_id == AgentAway.agent_id)
        .where(at_site, AgentRow.revoked_at.is_(None))
        .where(or_(is_away, AgentAway.until >= question.since))
    )
    for until, telemetry in db.execute(away):
        if until is None or _may_have_events(telemetry):
            raise NotArrived
    if question.even_unnoticed:
        _raise_if_silent(db, question.since, at_site)


def _may_have_events(telemetry: Mapping[str, Any] | None) -> bool:
    """Return whether an agent has events to send, or is back and has not told how many."""
    return telemetry is not None and telemetry.get("backlog") != 0


def _raise_if_silent(db: Session, since: Utc, at_site: ColumnElement[bool]) -> None:
    """Raise NotArrived if an agent that counts as online may be cut off.

    Such an agent must have been heard after `since`, and again recently, and must have reported
    that it has no unsent events. One that had the current policy before `since` may be silent,
    since it had no new policy to confirm; one that was silent before doesn't matter either.
    """
    now = db.info["hooks"].clock()
    seen_at = AgentState.seen_at
    has_policy = (AgentState.epoch == PolicySite.epoch) & (
        AgentState.policy_version == PolicySite.version
    )
    unheard = or_(
        (seen_at <= since) & (seen_at > Utc.of(since - UNKNOWN_AFTER)) & ~has_policy,
        (seen_at > since) & (seen_at < Utc.of(now - SILENCE)),
    )
    silent = (
        select(AgentState.agent_id)
        .join(AgentRow, AgentRow.id == AgentState.agent_id)
        .join(PolicySite, PolicySite.site_id == AgentRow.site_id)
        .where(at_site, AgentRow.revoked_at.is_(None), AgentState.online, unheard)
    )
    if db.scalar(silent.limit(1)) is not None:
        raise NotArrived
    heard = (
        select(AgentState.telemetry)
        .join(AgentRow, AgentRow.id == AgentState.agent_id)
        .where(at_site, AgentRow.revoked_at.is_(None), AgentState.online, seen_at > since)
    )
    if any(map(_may_have_events, db.scalars(heard))):
        raise NotArrived


AGENTS = Capability(
    name="agents",
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(Reaction(ArrivalQuestion, answer_arrival),),
    news=(AgentNews,),
    jobs=JOBS,
    facts=FACTS,
)
