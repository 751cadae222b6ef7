"""Clears retained MQTT messages of agents that no longer exist, so that no dashboard shows them."""

import threading

from controller.hub.counters import Counters
from controller.hub.directory import Directory, KnownAgent
from controller.wire.link_port import IncomingMessage, Link
from controller.wire.topics import RETAINED, Topic, parse

MAX_TOPICS = 2_000
"""How many retained topics are remembered per agent, and so how many are cleared at once."""
FOREIGN_POINTS_ALLOWED = 64
"""How many retained messages about access points of others an agent may have before they are
cleared; an access point may be wired before it is set up in Loquet."""


class RetainedCleanup:
    """Remembers retained topics, and clears those of agents that no longer exist."""

    def __init__(self, directory: Directory, link: Link, counters: Counters) -> None:
        self._directory = directory
        self._link = link
        self._counters = counters
        self._lock = threading.Lock()
        self._seen: dict[str, set[str]] = {}

    def note(self, message: IncomingMessage, topic: Topic) -> None:
        """Note a retained message; an empty one means that its topic was cleared."""
        if topic.agent is None or topic.channel not in RETAINED:
            return
        with self._lock:
            topics = self._seen.setdefault(topic.agent, set())
            if message.payload and len(topics) < MAX_TOPICS:
                topics.add(message.topic)
            elif not message.payload:
                topics.discard(message.topic)

    def clear_if_retained(self, message: IncomingMessage, topic: Topic) -> None:
        """Clear a retained message of an unknown agent immediately."""
        if topic.channel in RETAINED and message.payload:
            self._clear(message.topic)

    def sweep(self) -> None:
        """Clear the topics of removed or revoked agents, and those about foreign access points if
        there are too many.

        Raises DBAPIError.
        """
        with self._lock:
            topics_of = {agent: sorted(topics) for agent, topics in self._seen.items()}
        agents = self._directory.find(topics_of)
        for agent, topics in topics_of.items():
            if agent not in agents:
                with self._lock:
                    self._seen.pop(agent, None)
                cleared = topics
            else:
                foreign = [topic for topic in topics if _is_foreign(topic, agents[agent])]
                cleared = foreign if len(foreign) > FOREIGN_POINTS_ALLOWED else []
            for topic in cleared:
                self._clear(topic)

    def _clear(self, topic: str) -> None:
        if self._link.publish(topic, b"", retain=True, sign=False):
            self._counters.add("retained_cleared")


def _is_foreign(topic: str, agent: KnownAgent) -> bool:
    """Return whether the topic is about an access point that is not the agent's."""
    point = parse(topic).access_point
    return point is not None and point not in agent.points
