"""The agents of the actor's sites in three lists: those that need attention, others, revoked.

SQL conditions, by the same rules as `health_issues`, so that a page reads only the agents it shows.
"""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import UNKNOWN_AFTER, shapes
from controller.capabilities.agents.health import CERTIFICATE_SOON
from controller.capabilities.agents.models import AgentAway, AgentRow, AgentState
from controller.capabilities.agents.shapes import Agent
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites

LOSSES, LOSSES_IN = 5, timedelta(hours=24)
"""An agent that is disconnected this many times in this period needs attention."""


class AgentList(StrEnum):
    """Lists of the page of boxes."""

    ASKING = "asking"
    FINE = "fine"
    REVOKED = "revoked"


def page(
    db: Session, group: AgentList, version: str, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[Agent]:
    """Return a page of one of the lists, by id; `version`: the controller's program version."""
    at_actors_sites = at_sites(AgentRow.site_id, actor.sites(Permission.AGENTS_READ))
    statement = (
        select(AgentRow)
        .outerjoin(AgentState, AgentState.agent_id == AgentRow.id)
        .where(at_actors_sites, _group_condition(group, version, now))
    )
    return paged(db, statement, AgentRow.id, cursor, lambda rows: shapes(db, rows, now))


def counts(db: Session, version: str, *, actor: Actor, now: Utc) -> dict[str, int]:
    """Return the number of agents in each list, and of those that are connected (`online`)."""
    at_actors_sites = at_sites(AgentRow.site_id, actor.sites(Permission.AGENTS_READ))
    groups = [func.count().filter(_group_condition(group, version, now)) for group in AgentList]
    online = func.count().filter(AgentRow.revoked_at.is_(None), _is_online(now))
    statement = (
        select(*groups, online)
        .select_from(AgentRow)
        .outerjoin(AgentState, AgentState.agent_id == AgentRow.id)
        .where(at_actors_sites)
    )
    names = [*map(str, AgentList), "online"]
    return dict(zip(names, db.execute(statement).one(), strict=True))


def _group_condition(group: AgentList, version: str, now: Utc) -> ColumnElement[bool]:
    unrevoked = AgentRow.revoked_at.is_(None)
    needs_attention = _needs_attention(version, now)
    return {
        AgentList.ASKING: and_(unrevoked, needs_attention),
        AgentList.FINE: and_(unrevoked, not_(needs_attention)),
        AgentList.REVOKED: AgentRow.revoked_at.is_not(None),
    }[group]


def _loses_its_link(now: Utc) -> ColumnElement[bool]:
    recent = select(func.count()).where(
        AgentAway.agent_id == AgentRow.id, AgentAway.since > Utc.of(now - LOSSES_IN)
    )
    return recent.correlate(AgentRow).scalar_subquery() >= LOSSES


def _needs_attention(version: str, now: Utc) -> ColumnElement[bool]:
    """Condition: the agent needs attention. It is never null, so that `not_` finds all others."""
    soon = Utc.of(now + CERTIFICATE_SOON)
    return or_(
        AgentRow.enrolled_at.is_(None),
        func.coalesce(AgentRow.certificate_until < soon, False),
        func.coalesce(AgentState.version != version, False),
        func.coalesce(AgentState.troubled, False),
        _loses_its_link(now),
        not_(_is_online(now)),
    )


def _is_online(now: Utc) -> ColumnElement[bool]:
    was_seen = AgentState.seen_at >= Utc.of(now - UNKNOWN_AFTER)
    return and_(func.coalesce(AgentState.online, False), func.coalesce(was_seen, False))
