"""Clear what the broker retains of agents that are gone, so that no dashboard shows ghosts."""

import threading

from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.wire.link_port import Incoming, Link
from controller.wire.topics import RETAINED, Topic


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
            if message.payload:
                topics.add(message.topic)
            else:
                topics.discard(message.topic)

    def stranger(self, message: Incoming, topic: Topic) -> None:
        """Clear at once what an agent that is not one has left behind."""
        if topic.channel in RETAINED and message.payload:
            self._clear(message.topic)

    def sweep(self) -> None:
        """Clear the topics of agents that have been removed or revoked. Raises DBAPIError."""
        with self._lock:
            agents = set(self._seen)
        gone = agents - set(self._directory.find(agents))
        for agent in gone:
            with self._lock:
                topics = self._seen.pop(agent, set())
            for topic in topics:
                self._clear(topic)

    def _clear(self, topic: str) -> None:
        if self._link.publish(topic, b"", retain=True, sign=False):
            self._counters.add("retained_cleared")
