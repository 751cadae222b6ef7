"""A total timeout for a connection; a socket's own timeout applies to each read alone.

A peer that sends a byte now and then, or one interim response after another, could otherwise hold a
connection for ever.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

REPEAT_S = 1.0
"""Seconds until connections are shut down again, for one that was still being opened."""


class TookTooLong(OSError):
    """The exchange did not end in time."""


class TimedExchange:
    """The connections of one exchange, which are shut down at the timeout."""

    def __init__(self) -> None:
        self._connections: list[socket.socket] = []
        self._ended = threading.Event()
        self.is_late = False

    def add(self, connection: socket.socket) -> None:
        """Add a connection.

        A copy is kept, because TLS takes over the original and a response may outlive it.
        """
        self._connections.append(connection.dup())

    def watch(self, seconds: float) -> None:
        """Shut down the connections after `seconds`, unless the exchange has ended by then."""
        while not self._ended.wait(seconds):
            self.is_late, seconds = True, REPEAT_S
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """End the exchange and close the connections."""
        self._ended.set()
        for connection in self._connections:
            connection.close()


@contextmanager
def limit_time(seconds: float) -> Iterator[TimedExchange]:
    """Shut down the connections that the block adds if it takes longer. Raises TookTooLong then."""
    exchange = TimedExchange()
    threading.Thread(
        target=exchange.watch, args=(seconds,), name="total-timeout", daemon=True
    ).start()
    try:
        yield exchange
    except Exception as problem:
        if exchange.is_late:
            raise TookTooLong(f"took longer than {seconds:.0f} s") from problem
        raise
    finally:
        exchange.end()
