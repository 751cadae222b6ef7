"""Reports to systemd that a process is ready, alive or stopping (sd_notify(3)).

Does nothing if systemd did not ask for it.
"""

import os
import socket
import threading
from collections.abc import Callable

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"
"""Messages for `notify`."""


def notify(text: str) -> None:
    """Send a message to systemd. Errors are ignored."""
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
    """Reports the process as alive once each of its loops has completed another round.

    If one loop hangs, nothing is sent any more, and systemd ends the process (`WatchdogSec`). The
    process counts as ready after the first round of all loops.
    """

    def __init__(self, say: Callable[[str], None] = notify) -> None:
        self._say = say
        self._loops: set[str] = set()
        self._awaited: set[str] = set()
        self._is_ready = False
        self._lock = threading.Lock()

    def loop(self, name: str) -> Callable[[], None]:
        """Register a loop; it must call the returned function after each round.

        Register all loops before the first one starts.
        """
        self._loops.add(name)
        self._awaited.add(name)

        def round_done() -> None:
            self._beat(name)

        return round_done

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
