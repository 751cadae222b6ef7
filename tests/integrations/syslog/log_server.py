"""A log server that takes nothing but what RFC 5424 and 6587 allow."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_NAME = r"[!#-<>-\\^-~]{1,32}"
_PARAM = rf'{_NAME}="(?:[^"\\\]]|\\["\\\]])*"'
_MESSAGE = re.compile(
    r"<(?P<pri>0|[1-9]\d{0,2})>1 "
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) "
    r"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<proc>[!-~]{1,128}) (?P<kind>[!-~]{1,32}) "
    rf"(?P<data>-|(?:\[{_NAME}(?: {_PARAM})*\])+)(?: (?P<told>.*))?",
    re.DOTALL,
)


def parsed(message: bytes) -> dict[str, Any]:
    """Its fields; AssertionError where the grammar of section 6 does not have it."""
    found = _MESSAGE.fullmatch(message.decode("ascii"))
    assert found is not None, message
    fields: dict[str, Any] = found.groupdict()
    assert int(fields["pri"]) <= 191
    fields["facility"], fields["severity"] = divmod(int(fields["pri"]), 8)
    fields["told"] = json.loads(fields["told"])
    return fields


def frames(received: bytes) -> Iterator[bytes]:
    """Octet counting: nothing is left over."""
    while received:
        count, space, rest = received.partition(b" ")
        assert space
        assert re.fullmatch(rb"[1-9]\d*", count)
        assert len(rest) >= int(count), "a message was cut"
        yield rest[: int(count)]
        received = rest[int(count) :]


@dataclass
class LogServer:
    """What it was told."""

    url: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message["told"] for message in self.messages if message["kind"] == kind]


@contextmanager
def a_log_server(context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[LogServer]:
    """Over TCP, or TLS, at 127.0.0.1."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        server = LogServer(f"tls://127.0.0.1:{port}" if context else f"tcp://127.0.0.1:{port}")
        thread = threading.Thread(target=_serve, args=(listener, context, server))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext | None, server: LogServer) -> None:
    while True:
        try:
            given, _ = listener.accept()
        except OSError:
            return
        try:
            _take(given if context is None else context.wrap_socket(given, True), server)
        except ssl.SSLError:
            given.close()


def _take(stream: socket.socket, server: LogServer) -> None:
    with stream:
        received = b"".join(iter(lambda: stream.recv(65536), b""))
        server.messages += map(parsed, frames(received))
