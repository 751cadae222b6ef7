"""The same attacks by a program that comes over the network, against the server as it is run."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.web_server import (
    LOGIN,
    PASSWORD,
    ask,
    cookie_of,
    port_of,
    running,
    sign_in,
    web_config,
)
from webui.accounts.signin import TRIES

__all__ = ["web_config"]

pytestmark = pytest.mark.system


@pytest.fixture
def port(web_config: Path) -> Iterator[int]:
    with running(web_config) as process:
        yield port_of(process)


def form_token(port: int, path: str, cookie: str = "") -> tuple[str, str]:
    """A page's form token, and the cookie that goes with it."""
    with ask(port, "GET", path, cookie) as page:
        token = re.search(r'csrf_token" value="([^"]+)"', page.read().decode())
        assert token
        return token[1], cookie or cookie_of(page)


def test_48_tries_at_once(port: int) -> None:
    forms = [form_token(port, "/sign-in") for _ in range(48)]

    def guess(form: tuple[str, str]) -> int:
        fields = {"csrf_token": form[0], "login": LOGIN.replace("s", "ſ"), "password": "guess"}
        with ask(port, "POST", "/sign-in", form[1], **fields) as answer:
            return answer.status

    with ThreadPoolExecutor(48) as pool:
        found = list(pool.map(guess, forms))
    assert (found.count(422), found.count(429)) == (TRIES, 48 - TRIES)
    token, cookie = form_token(port, "/sign-in")
    right = {"csrf_token": token, "login": LOGIN, "password": PASSWORD}
    with ask(port, "POST", "/sign-in", cookie, **right) as answer:
        assert answer.status == 429, "under another spelling it is the same login"


def test_a_copied_cookie_and_its_open_stream_end_with_the_sign_out(port: int) -> None:
    cookie = sign_in(port)
    with ask(port, "GET", "/live", cookie) as stream:
        assert stream.status == 200
        assert stream.readline().startswith(b"retry:")
        token, _ = form_token(port, "/", cookie)
        with ask(port, "POST", "/sign-out", cookie, csrf_token=token) as answer:
            assert answer.status == 303
        with ask(port, "GET", "/", cookie) as copied:
            assert copied.status == 302
        stream.read()  # to its end; the client gives up after 20 s
    with ask(port, "GET", "/live", cookie) as again:
        assert again.status == 401
