"""Carries bytes between a socket and an MQTT client, on one thread that others can wake."""

import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

_MISC_S = 1.0
"""Keep-alive is looked after this often."""
_FAREWELL_S = 2.0
"""How long what was published before the end may take to go out."""


class PumpedClient(Protocol):
    """What paho offers to an outside loop."""

    def socket(self) -> Any:
        """The open socket, or None."""

    def want_write(self) -> bool:
        """Whether bytes wait to be written."""

    def loop_read(self) -> object:
        """Read what is there."""

    def loop_write(self) -> object:
        """Write what waits."""

    def loop_misc(self) -> object:
        """Look after keep-alive."""

    def disconnect(self) -> object:
        """Queue a farewell; the socket closes when it has gone out."""


class Pump:
    """The loop of one connection. `selectors` rather than paho's own select(), which ends at
    file number 1,023."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self._ending = threading.Event()

    @property
    def ending(self) -> bool:
        """Whether `end()` was called."""
        return self._ending.is_set()

    def wake(self) -> None:
        """Look again whether there is something to write; from any thread, never blocking."""
        with suppress(OSError):  # full: it wakes anyway; closed: there is nothing to wake
            self._theirs.send(b"\0")

    def end(self) -> None:
        """End the connection in good order, after what is queued has gone out."""
        self._ending.set()
        self.wake()

    def close(self) -> None:
        """Free what it holds, when `run` is over."""
        self._ours.close()
        self._theirs.close()

    def run(
        self, client: PumpedClient, stopping: Callable[[], bool], settled: Callable[[], bool]
    ) -> None:
        """Carry bytes until the client's socket is closed, or `stopping` or `end()` asks for it.

        Then first all is sent, and answered (`settled`): closing a socket into which answers
        still come would reset it, and what the broker has not read yet would be lost.
        """
        watched, until, said = client.socket(), None, False
        if watched is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._ours, selectors.EVENT_READ)
            selector.register(watched, selectors.EVENT_READ)
            while client.socket() is not None:
                if until is None and (self.ending or stopping()):
                    until = time.monotonic() + _FAREWELL_S
                if until is not None and time.monotonic() > until:
                    return
                if until is not None and not said and settled():
                    said = True
                    client.disconnect()
                self._turn(client, watched, selector)

    def _turn(self, client: PumpedClient, watched: Any, selector: selectors.BaseSelector) -> None:
        write = selectors.EVENT_WRITE if client.want_write() else 0
        selector.modify(watched, selectors.EVENT_READ | write)
        pending = watched.pending() if isinstance(watched, ssl.SSLSocket) else 0
        ready = {key.fileobj: mask for key, mask in selector.select(0 if pending else _MISC_S)}
        if self._ours in ready:
            self._ours.recv(4096)
        mask = ready.get(watched, 0)
        if pending or mask & selectors.EVENT_READ:
            client.loop_read()
        if mask & selectors.EVENT_WRITE or client.want_write():
            client.loop_write()
        client.loop_misc()
