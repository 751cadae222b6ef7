"""Clear what the broker retains of agents that are gone, so that no dashboard shows ghosts."""

import threading

from controller.hub.counters import Counters
from controller.hub.directory import Directory, KnownAgent
from controller.wire.link_port import Incoming, Link
from controller.wire.topics import RETAINED, Topic, parse

MOST_TOPICS = 2_000
"""Retained topics of one agent that are remembered: as many as can be cleared at once."""
BY_MISTAKE = 64
"""Access points of others, or of nobody, that an agent may speak of before they are cleared: one
that is wired before it is set up here keeps its state."""


class Tidy:
    """Remembers which retained topics there are, and clears those of agents that are gone."""

    def __init__(self, directory: Directory, link: Link, counters: Counters) -> None:
        self._directory = directory
        self._link = link
        self._counters = counters
        self._lock = threading.Lock()
        self._seen: dict[str, set[str]] = {}

    def saw(self, message: Incoming, topic: Topic) -> None:
        """Note a message whose topic is retained; an empty one says that it is cleared."""
        if topic.agent is None or topic.channel not in RETAINED:
            return
        with self._lock:
            topics = self._seen.setdefault(topic.agent, set())
            if message.payload and len(topics) < MOST_TOPICS:
                topics.add(message.topic)
            elif not message.payload:
                topics.discard(message.topic)

    def stranger(self, message: Incoming, topic: Topic) -> None:
        """Clear at once what an agent that is not one has left behind."""
        if topic.channel in RETAINED and message.payload:
            self._clear(message.topic)

    def sweep(self) -> None:
        """Clear the topics of agents that have been removed or revoked, and what an agent retains
        of more access points than one has by mistake. Raises DBAPIError."""
        with self._lock:
            seen = {agent: sorted(topics) for agent, topics in self._seen.items()}
        known = self._directory.find(seen)
        for agent, topics in seen.items():
            if agent not in known:
                with self._lock:
                    self._seen.pop(agent, None)
                gone = topics
            else:
                foreign = [topic for topic in topics if _is_foreign(topic, known[agent])]
                gone = foreign if len(foreign) > BY_MISTAKE else []
            for topic in gone:
                self._clear(topic)

    def _clear(self, topic: str) -> None:
        if self._link.publish(topic, b"", retain=True, sign=False):
            self._counters.add("retained_cleared")


def _is_foreign(topic: str, agent: KnownAgent) -> bool:
    """Whether it tells of an access point that is not this agent's."""
    point = parse(topic).access_point
    return point is not None and point not in agent.points
