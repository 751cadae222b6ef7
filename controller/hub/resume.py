"""Which agents still need the acknowledgement of their streams, since a restore may have lost
events."""

import threading
import time
from collections.abc import Callable

from controller.hub.streams import StreamKey

AGAIN_S = 600.0
"""Seconds after which an agent is notified again, since the message may have been lost."""

STREAMS = 16
"""Of an agent that are remembered: one that makes up streams must not fill the memory."""


class Resumes:
    """Thread-safe.

    Nothing is stored: a restore stops every hub, and each starts afresh. Sending it twice does no
    harm, and is right after a new connection of the agent or of this hub, which may have lost the
    first.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._told: dict[str, dict[str, float]] = {}

    def is_due(self, key: StreamKey) -> bool:
        """Whether the next acknowledgement of the stream should say `resume`."""
        agent, stream = key
        with self._lock:
            told = self._told.get(agent, {}).get(stream)
        return told is None or self._monotonic() - told >= AGAIN_S

    def told(self, key: StreamKey) -> None:
        """Note that it was said."""
        agent, stream = key
        with self._lock:
            streams = self._told.setdefault(agent, {})
            streams.pop(stream, None)
            streams[stream] = self._monotonic()
            if len(streams) > STREAMS:
                del streams[next(iter(streams))]

    def forget(self, agent: str | None = None) -> None:
        """An agent, or with None every one, has to be told again."""
        with self._lock:
            if agent is None:
                self._told.clear()
            else:
                self._told.pop(agent, None)
