"""The network between a driver and its server: a TCP relay that can be pulled or go dead."""

import select
import socket
import threading
from contextlib import suppress


class Cable:
    """Relays connections to a port while plugged; `dead` swallows bytes and closes nothing."""

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self._listening = self._listen(0)
        self.port: int = self._listening.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._dead = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._plugged = True
        self._threads[0].start()

    def pull(self) -> None:
        """Cut every connection, and refuse new ones."""
        self._plugged = False
        self._cut()

    def die(self) -> None:
        """Half-open from now on: nothing passes, nothing is closed."""
        self._dead.set()

    def plug(self) -> None:
        """Relay again, anew."""
        if self._dead.is_set():
            self._cut()
        self._dead.clear()
        self._plugged = True

    def close(self) -> None:
        self._closing.set()
        self.pull()
        for thread in self._threads:
            thread.join(timeout=60)
        self._listening.close()

    @staticmethod
    def _listen(port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port))

    def _cut(self) -> None:
        with self._lock:
            for pair in self._pairs:
                for end in pair:
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            self._pairs.clear()

    def _accept(self) -> None:
        self._listening.settimeout(0.1)
        while not self._closing.is_set():
            with suppress(TimeoutError):
                near, _ = self._listening.accept()
                if not self._plugged:
                    near.close()
                    continue
                thread = threading.Thread(target=self._relay, args=(near,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _relay(self, near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", self.to_port)) as far:
            with self._lock:
                self._pairs.append((near, far))
            while True:
                ready, _, _ = select.select((near, far), (), ())
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    if not self._dead.is_set():
                        (far if end is near else near).sendall(data)
