"""Tell open pages of agents that have fallen silent: nobody else would, for nothing arrives."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import or_, select

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.live import Change, Live

SILENT_S = 90
"""An agent that says it is online, but has not been heard for this long, is in an unknown state."""


class Silence:
    """For one thread only."""

    def __init__(
        self, database: Database, live: Live, clock: Callable[[], Utc] = wall_clock
    ) -> None:
        self._database = database
        self._live = live
        self._clock = clock
        self._told: set[tuple[str, str]] = set()

    def look(self) -> None:
        """Tell of each agent that is silent now and was not when last looked. Raises DBAPIError."""
        heard = Utc.of(self._clock() - timedelta(seconds=SILENT_S))
        query = (
            select(AgentRow.site_id, AgentRow.id)
            .join(AgentState, AgentState.agent_id == AgentRow.id)
            .where(
                AgentState.online.is_(True),
                or_(AgentState.seen_at < heard, AgentState.seen_at.is_(None)),
            )
        )
        with self._database.read() as db:
            silent = {(site, agent) for site, agent in db.execute(query)}
        for site, agent in silent - self._told:
            self._live.changed(Change(site=site, what="agent", key=agent))
        self._told = silent
