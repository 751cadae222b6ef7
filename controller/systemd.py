"""Tells systemd that a process is ready, alive, and ending (sd_notify(3)); silent where unasked."""

import os
import socket
import threading
from collections.abc import Callable

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def notify(text: str) -> None:
    """Send one datagram (`READY=1`, `WATCHDOG=1`, `STOPPING=1`); a lost one is not an error."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            out.sendto(text.encode(), name)
    except OSError:
        return


class Watchdog:
    """Speaks for the loops of a process: alive is told only once each has gone round again.

    So one loop that hangs silences it, and systemd ends the process (`WatchdogSec`). The first
    time that all have gone round, the process is ready.
    """

    def __init__(self, say: Callable[[str], None] = notify) -> None:
        self._say = say
        self._loops: set[str] = set()
        self._awaited: set[str] = set()
        self._is_ready = False
        self._lock = threading.Lock()

    def loop(self, name: str) -> Callable[[], None]:
        """Name a loop before any goes round; it calls what is returned each time it has."""
        self._loops.add(name)
        self._awaited.add(name)

        def gone_round() -> None:
            self._beat(name)

        return gone_round

    def _beat(self, name: str) -> None:
        with self._lock:
            self._awaited.discard(name)
            if self._awaited:
                return
            self._awaited = set(self._loops)
            if not self._is_ready:
                self._is_ready = True
                self._say(READY)
            self._say(ALIVE)
