"""Of what an agent kept while it was away: how much has come since, and how much waits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.away import Away
from controller.capabilities.agents.health import BACKLOG_MANY
from controller.capabilities.agents.shapes import Agent
from controller.domain.time import Utc
from controller.kernel.journal import EventRow, StreamState
from controller.kernel.journal_where import is_from_agents, usual


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchingUp:
    """An agent that is there again and tells what it has kept."""

    back_at: Utc
    arrived: int
    waiting: int

    @property
    def percent(self) -> int:
        """How much of it has come."""
        return 100 * self.arrived // (self.arrived + self.waiting)


def catching_up(
    db: Session, agents: Iterable[Agent], away: Mapping[str, Sequence[Away]]
) -> dict[str, CatchingUp]:
    """Those of which many events wait, and since when they are back; in one statement."""
    waiting = {agent.id: _backlog(agent) for agent in agents}
    spans = {
        key: (left, back)
        for key, number in waiting.items()
        if number >= BACKLOG_MANY
        for left, back in away.get(key, ())[-1:]
        if back is not None
    }
    if not spans:
        return {}
    told = (and_(is_from_agents([key]), usual(*span)) for key, span in spans.items())
    counted = select(StreamState.agent_id, func.count()).select_from(EventRow)
    rows = counted.join(EventRow.journal).where(or_(*told)).group_by(StreamState.agent_id)
    arrived = {key: int(n) for key, n in db.execute(rows)}
    return {
        key: CatchingUp(back_at=back, arrived=arrived.get(key, 0), waiting=waiting[key])
        for key, (_left, back) in spans.items()
    }


def _backlog(agent: Agent) -> int:
    told = (agent.telemetry or {}).get("backlog")
    return told if isinstance(told, int) else 0
