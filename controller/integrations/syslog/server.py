"""The log server: a local socket, TCP, or TLS (RFC 5425)."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from controller.integrations.syslog.rfc5424 import add_frame
from controller.settings import SyslogSettings

PATIENCE_S = 10.0
"""Timeout for connecting and for each exchange."""
_LOCAL = "unix:"


def send(settings: SyslogSettings, lines: Sequence[bytes]) -> None:
    """Send all messages to the server. Raises OSError (ssl.SSLError is one).

    Syslog has no acknowledgement: on a stream the sending side is closed, and the server closes the
    connection once it has read everything.
    """
    to = settings.to or ""
    if to.startswith(_LOCAL):
        _to_local(to.removeprefix(_LOCAL), lines)
        return
    with _stream(settings) as stream:
        stream.sendall(b"".join(map(add_frame, lines)))
        with suppress(TimeoutError):  # all was sent; the server keeps the connection open
            _close_stream(stream)


def _close_stream(stream: socket.socket) -> None:
    if isinstance(stream, ssl.SSLSocket):
        with suppress(ssl.SSLEOFError):  # the server closed without TLS's goodbye
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
