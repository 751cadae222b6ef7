"""Alarms about misbehaving agents: one alarm per kind, with a count of messages."""

import threading
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from controller.capabilities.alarms import alarm_counts
from controller.domain.time import Utc
from controller.hub.directory import Directory
from controller.kernel.database import Database

_MAX_PAIRS = 10_000
"""How many pairs of agent and complaint are counted between two writes."""


class Complaint(StrEnum):
    """Kinds of misbehaviour, each with its own alarm."""

    FLOODS = alarm_counts.FLOODS
    """The agent sends more than its budget allows."""
    MALFORMED = "agent_malformed"
    """The agent's message is signed correctly but breaks the protocol."""


class Complaints:
    """Collects complaints from any thread; `poll`, called periodically, turns them into alarms."""

    def __init__(self, database: Database, directory: Directory, clock: Callable[[], Utc]) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, Complaint]] = Counter()

    def add(self, agent: str, complaint: Complaint) -> None:
        """Count one more message of that kind."""
        with self._lock:
            # Agent names come from outside: they must not pile up.
            if (agent, complaint) in self._counts or len(self._counts) < _MAX_PAIRS:
                self._counts[agent, complaint] += 1

    def poll(self) -> None:
        """Add the complaints since the last call to the alarms.

        Raises DBAPIError; these complaints are then lost.
        """
        with self._lock:
            counts, self._counts = self._counts, Counter()
        agents = self._directory.find({agent for agent, _ in counts}) if counts else {}
        if not agents:
            return
        now = self._clock()
        with self._database.write() as db:
            for (name, kind), number in sorted(counts.items()):
                if (agent := agents.get(name)) is not None:
                    site = agent.site
                    alarm_counts.count_alarm(
                        db, site=site, agent=name, kind=kind, at=now, number=number
                    )
