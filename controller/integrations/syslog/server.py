"""The log server: a local socket, TCP, or TLS (RFC 5425)."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from controller.integrations.syslog.rfc5424 import add_frame
from controller.settings import SyslogSettings

PATIENCE_S = 10.0
_LOCAL = "unix:"


def send(settings: SyslogSettings, lines: Sequence[bytes]) -> None:
    """Give all of them to the server. Raises OSError (ssl.SSLError among them).

    Syslog has no acknowledgement: on a stream we say that nothing more comes, and wait until the
    server has closed, which it does once it has read all.
    """
    to = settings.to or ""
    if to.startswith(_LOCAL):
        _to_local(to.removeprefix(_LOCAL), lines)
        return
    with _stream(settings) as stream:
        stream.sendall(b"".join(map(add_frame, lines)))
        with suppress(TimeoutError):  # it has all, and keeps the line open
            _end(stream)


def _end(stream: socket.socket) -> None:
    if isinstance(stream, ssl.SSLSocket):
        with suppress(ssl.SSLEOFError):  # it closed without a word; unread, it would be a reset
            stream.unwrap()
        return
    stream.shutdown(socket.SHUT_WR)
    while stream.recv(4096):
        pass


def _to_local(path: str, lines: Sequence[bytes]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as local:
        local.settimeout(PATIENCE_S)
        local.connect(path)
        for line in lines:
            local.send(line)


@contextmanager
def _stream(settings: SyslogSettings) -> Iterator[socket.socket]:
    address = urlsplit(settings.to or "")
    host, port = address.hostname or "", address.port or 0
    with socket.create_connection((host, port), timeout=PATIENCE_S) as plain:
        if address.scheme == "tcp":
            yield plain
            return
        context = ssl.create_default_context(cafile=settings.ca)
        if settings.cert:
            context.load_cert_chain(settings.cert, settings.key)
        with context.wrap_socket(plain, server_hostname=host) as secured:
            yield secured
