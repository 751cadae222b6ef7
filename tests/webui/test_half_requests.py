"""Who sends half a request and then waits keeps nobody else from the pages."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.web_server import SERVE, ask, port_of, running, sign_in, web_config

__all__ = ["web_config"]

HALF_HEAD = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept"
HALF_BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=a"
)
SOCKETS = 150
"""Nine for each thread of the server."""


@contextmanager
def waiting(port: int, half: bytes) -> Iterator[list[socket.socket]]:
    """Sockets that have sent this much and nothing more."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(SOCKETS)
        ]
        for line in lines:
            line.sendall(half)
        yield lines


@pytest.mark.parametrize("half", [HALF_HEAD, HALF_BODY], ids=["heads", "bodies"])
def test_pages_are_answered_while_half_requests_wait(web_config: Path, half: bytes) -> None:
    with running(web_config) as process:
        port = port_of(process)
        cookie = sign_in(port)
        with waiting(port, half):
            for _ in range(20):
                with ask(port, "GET", "/", cookie) as page:
                    assert page.status == 200


@pytest.mark.parametrize("half", [HALF_HEAD, HALF_BODY], ids=["heads", "bodies"])
def test_half_requests_are_hung_up_on(
    web_config: Path, half: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 20 s; here after none, so that nobody waits."""
    at_once = "from webui.server import SETTINGS; SETTINGS |= {'channel_timeout': 0}"
    monkeypatch.setattr("tests.support.web_server.SERVE", f"{at_once}\n{SERVE}")
    with running(web_config) as process, waiting(port_of(process), half) as lines:
        assert {line.recv(1) for line in lines} == {b""}
