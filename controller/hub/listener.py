"""Hear, through Redis, what other hubs pass on."""

import logging
import threading
from collections.abc import Callable, Mapping

from controller.live import Live

_log = logging.getLogger(__name__)

Heard = Callable[[str], None]


class Listener:
    """A thread that hands each message of some channels to its callback."""

    def __init__(self, live: Live, callbacks: Mapping[str, Heard]) -> None:
        self._subscription = live.subscribe(*callbacks)
        self._callbacks = callbacks
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within a quarter of a second."""
        self._stopping.set()
        self._thread.join()
        self._subscription.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            message = self._subscription.get(0.25)
            if message is None:
                continue
            try:
                self._callbacks[message.channel](message.text)
            except Exception:  # noqa: BLE001  the edge of the loop: Redis is outside this process
                _log.exception("a message on channel %s could not be read", message.channel)
