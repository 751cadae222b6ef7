"""What tests of bad receivers share with others."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n" + b"x" * 10_000_000


@contextmanager
def saying(*answer: bytes, again: bool = False) -> Iterator[str]:
    """A server that answers everybody with these bytes, `again` and again; its address."""
    peers: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    peers.append(peer)
                    with peer, suppress(OSError):
                        peer.recv(65536)
                        for part in answer:
                            peer.sendall(part)
                        while again:
                            peer.sendall(answer[-1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        for connection in (listening, *peers):
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
