"""Agents that come back behind, as many do after a power cut, are brought in step together."""

import threading
from collections.abc import Callable, Mapping

from controller.wire.messages import AgentStatus

Place = tuple[int, int]
"""Epoch and version of a policy."""


class CatchUp:
    """Remembers the policy version of agents that have just connected, until they are up to date.

    Any thread may add to it; one thread reads it. Losing it loses nothing: an agent that hears
    nothing asks for pages.
    """

    def __init__(self, bring_up: Callable[[str, Mapping[str, Place]], None]) -> None:
        self._bring_up = bring_up
        self._lock = threading.Lock()
        self._places: dict[str, dict[str, Place]] = {}
        """Places by site and agent."""

    def said(self, site: str, agent: str, status: AgentStatus, *, is_new: bool) -> None:
        """Note what an agent says that it holds; `is_new`: in the first status of a connection."""
        with self._lock:
            places = self._places.setdefault(site, {})
            if status.online and (is_new or agent in places):
                places[agent] = (status.epoch, status.policy_version)
            else:
                places.pop(agent, None)

    def look(self) -> None:
        """Bring up those that have come since the last look. Raises DBAPIError."""
        with self._lock:
            found, self._places = self._places, {}
        for site, places in found.items():
            if places:
                self._bring_up(site, places)
