"""Remembers which agents still need an acknowledgement with `resume`, since a restored database may
lack events that they sent."""

import threading
import time
from collections.abc import Callable

from controller.hub.streams import StreamKey

AGAIN_S = 600.0
"""Seconds after which the acknowledgement is sent again, since it may have been lost."""

STREAMS_PER_AGENT = 16
"""Streams to remember per agent, so that invented streams can't fill the memory."""


class Resumes:
    """When each stream was last acknowledged with `resume`. Thread-safe.

    Nothing is stored, because a restore stops every hub. A repeated acknowledgement does no harm,
    and is needed after a new connection of the agent or of this hub, since the first one may be
    lost.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sent_s: dict[str, dict[str, float]] = {}

    def is_due(self, key: StreamKey) -> bool:
        """Return whether the next acknowledgement of the stream should contain `resume`."""
        agent, stream = key
        with self._lock:
            sent_s = self._sent_s.get(agent, {}).get(stream)
        return sent_s is None or self._monotonic() - sent_s >= AGAIN_S

    def mark_sent(self, key: StreamKey) -> None:
        """Record that an acknowledgement with `resume` was sent for the stream."""
        agent, stream = key
        with self._lock:
            streams = self._sent_s.setdefault(agent, {})
            streams.pop(stream, None)
            streams[stream] = self._monotonic()
            if len(streams) > STREAMS_PER_AGENT:
                del streams[next(iter(streams))]

    def forget(self, agent: str | None = None) -> None:
        """Make an agent (None: all agents) due for an acknowledgement again."""
        with self._lock:
            if agent is None:
                self._sent_s.clear()
            else:
                self._sent_s.pop(agent, None)
