"""Which agents must still be told what is held of their streams: a restore may have taken some."""

import threading
import time
from collections.abc import Callable

from controller.hub.streams import StreamKey

AGAIN_S = 600.0
"""How long one who was told counts as told: the message may have been lost on its way."""

STREAMS = 16
"""Of an agent that are remembered: one that makes up streams must not fill the memory."""


class Resumes:
    """Any thread may use it. Nothing is stored: a restore ends every hub, and each tells anew.

    Telling somebody twice does no harm, and is right after whatever may have lost the first time:
    a new connection of the agent's, or of this hub's.
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
