"""Transfers bytes between a socket and an MQTT client, on one thread that others can wake."""

import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

_MISC_S = 1.0
"""How often paho checks its keep-alive."""
_FAREWELL_S = 2.0
"""How long queued messages may take to be sent when the connection ends."""


class PumpedClient(Protocol):
    """The methods of paho's client that an external loop calls."""

    def socket(self) -> Any:
        """Return the open socket, or None."""

    def want_write(self) -> bool:
        """Return whether there are bytes to write."""

    def loop_read(self) -> object:
        """Read what has arrived."""

    def loop_write(self) -> object:
        """Write what is queued."""

    def loop_misc(self) -> object:
        """Check the keep-alive."""

    def disconnect(self) -> object:
        """Queue a DISCONNECT; the socket is closed once it is sent."""


class Pump:
    """The loop of one connection.

    It uses `selectors`, since paho's own select() fails at file descriptors above 1,023.
    """

    def __init__(self) -> None:
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._ending = threading.Event()

    @property
    def ending(self) -> bool:
        """Whether `end()` was called."""
        return self._ending.is_set()

    def wake(self) -> None:
        """Make the loop check for bytes to write. Any thread may call this; it never blocks."""
        with suppress(OSError):  # full: it wakes up anyway; closed: there is no loop to wake
            self._wake_writer.send(b"\0")

    def end(self) -> None:
        """End the connection cleanly, once what is queued is sent."""
        self._ending.set()
        self.wake()

    def close(self) -> None:
        """Free the resources, after `run` has returned."""
        self._wake_reader.close()
        self._wake_writer.close()

    def run(
        self, client: PumpedClient, stopping: Callable[[], bool], settled: Callable[[], bool]
    ) -> None:
        """Transfer bytes until the client's socket is closed, or `stopping` or `end()` asks to end.

        Then everything is sent first, and acknowledged (`settled`): closing a socket while the
        broker still sends acknowledgements would reset it, and messages that the broker has not
        read would be lost.
        """
        watched, until, is_disconnecting = client.socket(), None, False
        if watched is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            selector.register(watched, selectors.EVENT_READ)
            while client.socket() is not None:
                if until is None and (self.ending or stopping()):
                    until = time.monotonic() + _FAREWELL_S
                if until is not None and time.monotonic() > until:
                    return
                if until is not None and not is_disconnecting and settled():
                    is_disconnecting = True
                    client.disconnect()
                self._turn(client, watched, selector)

    def _turn(self, client: PumpedClient, watched: Any, selector: selectors.BaseSelector) -> None:
        write = selectors.EVENT_WRITE if client.want_write() else 0
        selector.modify(watched, selectors.EVENT_READ | write)
        pending = watched.pending() if isinstance(watched, ssl.SSLSocket) else 0
        ready = {key.fileobj: mask for key, mask in selector.select(0 if pending else _MISC_S)}
        if self._wake_reader in ready:
            self._wake_reader.recv(4096)
        mask = ready.get(watched, 0)
        if pending or mask & selectors.EVENT_READ:
            client.loop_read()
        if mask & selectors.EVENT_WRITE or client.want_write():
            client.loop_write()
        client.loop_misc()
