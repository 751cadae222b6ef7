"""The web server as it is run, alone in a process, and a client that asks it."""

import http.client
import re
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
from controller.settings.reading import load
from controller.store.engine import open_database

SITE = "la-fabrique"
LOGIN, PASSWORD = "manager@example.org", "correct horse battery"
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
from controller.cli.controller_runtime import web_context, open_controller
from controller.settings.reading import load
from webui.app import create_app
from webui.listener import listen
from webui.server import serve

settings = load(Path(sys.argv[1]), {})
listener = listen(f"127.0.0.1:{sys.argv[2]}")
print(listener.getsockname()[1], flush=True)
with open_controller(settings, single_process=True) as controller:
    serve(create_app(web_context(controller)), listener, settings.web.threads)
print("stopped", flush=True)
"""


@pytest.fixture(scope="module")
def web_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one manager."""
    return install(tmp_path_factory.mktemp("web"))


def install(folder: Path) -> Path:
    """The configuration of a new installation in that folder, with one manager."""
    file = folder / "config.toml"
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
def running(config: Path, port: int = 0) -> Iterator[subprocess.Popen[str]]:
    """A web server; port 0: any free one, which `port_of` tells."""
    command = [sys.executable, "-m", "tests.support.program", SERVE, str(config), str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    """Where it listens."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def ask(
    port: int, method: str, path: str, cookie: str = "", **fields: str
) -> http.client.HTTPResponse:
    """The answer to one request; its body is still to be read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Cookie": cookie,
        "Connection": "close",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request(method, path, urlencode(fields), headers)
    return connection.getresponse()


def cookie_of(answer: http.client.HTTPResponse) -> str:
    """The cookies that an answer sets, as they are sent back."""
    return "; ".join(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie", []))


def sign_in(port: int, login: str = LOGIN, password: str = PASSWORD) -> str:
    """The cookie of a signed-in session."""
    with ask(port, "GET", "/sign-in") as form:
        token = re.search(r'csrf_token" value="([^"]+)"', form.read().decode())
    assert token
    fields = {"csrf_token": token[1], "login": login, "password": password}
    with ask(port, "POST", "/sign-in", cookie_of(form), **fields) as answer:
        assert answer.status == 303
        return cookie_of(answer)
