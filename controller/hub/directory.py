"""The enrolled agents, with their keys, and the access points for which each may report."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines.models import AccessPointRow
from controller.kernel.database import Database
from controller.wire.base64url import b64decode

FRESH_S = 1.0
"""Seconds for which agents are cached; then a revoked one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAgent:
    """An enrolled agent that is not revoked."""

    id: str
    site: str
    kid: str
    public_key: bytes
    points: frozenset[str]
    zones: frozenset[str] = frozenset()
    """The zones of these access points."""


class Directory:
    """Reads agents from the database, and caches each for a second. Thread-safe."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._cache: dict[str, tuple[float, KnownAgent | None]] = {}

    def find(self, agents: Iterable[str]) -> dict[str, KnownAgent]:
        """Return those of the agents that are enrolled and not revoked.

        Raises sqlalchemy.exc.DBAPIError if the database is needed and unavailable.
        """
        names = set(agents)
        oldest = self._monotonic() - FRESH_S
        with self._lock:
            stale = {name for name in names if self._cache.get(name, (0.0, None))[0] <= oldest}
        if stale:
            self._read(stale)
        with self._lock:
            cached = {name: self._cache[name][1] for name in names if name in self._cache}
        return {name: agent for name, agent in cached.items() if agent is not None}

    def forget(self) -> None:
        """Clear the cache, since facts have changed."""
        with self._lock:
            self._cache.clear()

    def _read(self, names: set[str]) -> None:
        read_at = self._monotonic()
        with self._database.read() as db:
            loaded = {agent.id: agent for agent in _load(db, names)}
        with self._lock:
            # Names of agents that don't exist come from outside: they must not pile up.
            if len(self._cache) > 10_000:
                self._cache.clear()
            self._cache.update({name: (read_at, loaded.get(name)) for name in names})


def _load(db: Session, names: set[str]) -> list[KnownAgent]:
    points: dict[str, set[str]] = {}
    zones: dict[str, set[str]] = {}
    owned = select(AccessPointRow.agent_id, AccessPointRow.id, AccessPointRow.zone_id)
    for agent_id, point_id, zone_id in db.execute(owned.where(AccessPointRow.agent_id.in_(names))):
        points.setdefault(agent_id or "", set()).add(point_id)
        if zone_id is not None:
            zones.setdefault(agent_id or "", set()).add(zone_id)
    columns = (AgentRow.id, AgentRow.site_id, AgentRow.kid, AgentRow.public_key)
    rows = db.execute(select(*columns).where(AgentRow.id.in_(names), AgentRow.revoked_at.is_(None)))
    return [
        KnownAgent(
            id=name,
            site=site,
            kid=kid,
            public_key=b64decode(key),
            points=frozenset(points.get(name, ())),
            zones=frozenset(zones.get(name, ())),
        )
        for name, site, kid, key in rows
        if kid and key
    ]
