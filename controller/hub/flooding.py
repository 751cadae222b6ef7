"""Who sends more than a hub takes of one agent: one alarm each, which counts."""

from collections.abc import Callable

from controller.capabilities.alarms.counted import count_alarm
from controller.domain.time import Utc
from controller.hub.budget import Excess
from controller.hub.directory import Directory
from controller.kernel.database import Database

KIND = "agent_floods"


class Flooding:
    """Says every so often what went beyond the budgets."""

    def __init__(
        self, database: Database, directory: Directory, excess: Excess, clock: Callable[[], Utc]
    ) -> None:
        self._database = database
        self._directory = directory
        self._excess = excess
        self._clock = clock

    def look(self) -> None:
        """Count what was refused since the last time. Raises DBAPIError, and that is forgotten."""
        refused = self._excess.take()
        known = self._directory.find(refused) if refused else {}
        if not known:
            return
        now = self._clock()
        with self._database.write() as db:
            for name, agent in sorted(known.items()):
                number = refused[name]
                count_alarm(db, site=agent.site, agent=name, kind=KIND, at=now, more=number)
