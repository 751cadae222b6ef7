"""Between a browser and a server on this computer: hands everything on, and counts it."""

import socket
import threading
from contextlib import suppress
from types import TracebackType


class Wire:
    """A port that leads to the server's."""

    def __init__(self, server: int) -> None:
        self.came = 0
        """Bytes from the server to the browser."""
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "Wire":
        threading.Thread(target=self._accept, name="wire", daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                browser, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                for ends in ((browser, server, False), (server, browser, True)):
                    threading.Thread(target=self._hand_on, args=ends, daemon=True).start()

    def _hand_on(self, one: socket.socket, other: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while piece := one.recv(1 << 16):
                if counted:
                    self.came += len(piece)
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)
