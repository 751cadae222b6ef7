"""Who sends half a request and then waits keeps nobody else from the pages."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.security.half_requests import KINDS, streams, waiting
from tests.support.web_server import SERVE, ask, port_of, running, sign_in, web_config

__all__ = ["web_config"]


@pytest.mark.parametrize("halves", [[kind] for kind in KINDS] + [list(KINDS)], ids="+".join)
def test_pages_are_answered_while_half_requests_wait(web_config: Path, halves: list[str]) -> None:
    """Head and body, of pages and API, one kind alone and all at once; event streams are open."""
    with running(web_config) as process, ExitStack() as stack:
        port = port_of(process)
        cookie = sign_in(port)
        stack.enter_context(streams(port, cookie))
        for kind in halves:
            stack.enter_context(waiting(port, KINDS[kind]))
        for _ in range(20):
            with ask(port, "GET", "/", cookie) as page:
                assert page.status == 200
            with ask(port, "GET", "/api/v1/openapi.json") as document:
                assert document.status == 200


@pytest.mark.parametrize("half", KINDS.values(), ids=KINDS)
def test_half_requests_are_hung_up_on(
    web_config: Path, half: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 20 s; here after none, so that nobody waits."""
    at_once = "from webui.server import SETTINGS; SETTINGS |= {'channel_timeout': 0}"
    monkeypatch.setattr("tests.support.web_server.SERVE", f"{at_once}\n{SERVE}")
    with running(web_config) as process, waiting(port_of(process), half) as lines:
        assert {line.recv(1) for line in lines} == {b""}
