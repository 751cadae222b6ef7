"""The web server as it is run: one line for what is wrong, many streams, a quick stop."""

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.cli.init import initialise
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.settings import load
from controller.store.engine import open_database

SITE = "la-fabrique"
LOGIN, PASSWORD = "manager@example.org", "correct horse battery"
STREAMS = 8
"""Of 16 threads: 8 stay free for pages."""
CONFIG = """
[site]
id = "la-fabrique"
keys = "keys"
[database]
url = "sqlite:///loquet.db"
[mqtt]
ca = "keys/ca.crt"
cert = "keys/hub.crt"
key = "keys/hub.key"
broker_dir = "broker"
[web]
threads = 16
secret = "keys/web.secret"
"""
SERVE = """
import sys
from pathlib import Path
from controller.cli.running import _web_context, open_controller
from controller.settings import load
from webui.app import create_app
from webui.server import Running, listen, serve

settings = load(Path(sys.argv[1]), {})
listener = listen(f"127.0.0.1:{sys.argv[2]}")
print(listener.getsockname()[1], flush=True)

def make():
    if sys.argv[3:] == ["broken"]:
        raise ValueError("the database is\\nnot there")
    scope = open_controller(settings, alone=True)
    app = create_app(_web_context(scope.__enter__()))
    return Running(app, lambda: print("stopped", flush=True))

serve(make, listener, settings.web.threads)
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one manager."""
    file = tmp_path_factory.mktemp("web") / "config.toml"
    file.write_text(CONFIG)
    settings = load(file, {})
    initialise(settings)
    engine = open_database(settings.database.url)
    with Database(engine, house=HOUSE).write() as db:
        roles = {SITE: frozenset({Role.ADMIN, Role.MANAGER})}
        accounts.create(
            db,
            login=LOGIN,
            password=PASSWORD,
            roles=roles,
            actor=Actor.system("test"),
            now=wall_clock(),
        )
    engine.dispose()
    return file


@contextmanager
def running(config: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVE, str(config), *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def ask(
    port: int, method: str, path: str, cookie: str = "", **fields: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {
        "Cookie": cookie,
        "Connection": "close",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request(method, path, urlencode(fields), headers)
    return connection.getresponse()


def cookie_of(answer: http.client.HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").split(";")[0]


def sign_in(port: int) -> str:
    """The cookie of a signed-in session."""
    with ask(port, "GET", "/sign-in") as form:
        token = re.search(r'csrf_token" value="([^"]+)"', form.read().decode())
    assert token
    fields = {"csrf_token": token[1], "login": LOGIN, "password": PASSWORD}
    with ask(port, "POST", "/sign-in", cookie_of(form), **fields) as answer:
        assert answer.status == 303
        return cookie_of(answer)


def test_full_of_streams_it_serves_pages_and_stops_at_once(config: Path) -> None:
    with running(config, "0") as process:
        port = port_of(process)
        cookie = sign_in(port)
        streams = [ask(port, "GET", "/live", cookie) for _ in range(STREAMS)]
        assert {each.status for each in streams} == {200}
        assert streams[0].readline() == b"retry: 2000\n"
        with ask(port, "GET", "/live", cookie) as refused:
            assert refused.status == 503
            assert refused.getheader("Retry-After") == "5"
        with ask(port, "GET", "/", cookie) as page:
            assert page.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "stopped\n"
        for stream in streams:
            stream.close()


def test_the_worker_dies_with_its_master(config: Path) -> None:
    with running(config, "0") as process:
        port = port_of(process)
        with ask(port, "GET", "/health/live") as answer:
            assert answer.status == 200
        process.kill()
        process.wait(10)
        # The worker held the other end of this pipe: it is read to its end once it is dead.
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_a_taken_port_is_one_line(config: Path) -> None:
    with running(config, "0") as first:
        port = port_of(first)
        with running(config, str(port)) as second:
            assert second.stderr is not None
            last = second.stderr.read().strip().splitlines()[-1]
    assert f"can't listen on 127.0.0.1:{port}: Address already in use" in last


def test_what_stops_the_worker_is_one_line_and_not_tried_again(config: Path) -> None:
    with running(config, "0", "broken") as process:
        assert process.wait(20) != 0
        assert process.stderr is not None
        assert process.stderr.read().splitlines()[0] == "loquet: the database is not there"
