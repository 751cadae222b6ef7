"""A web server alone over a place of its own, asked through its API as another program would."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.cli.init import initialise
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.settings.reading import load
from controller.store.engine import open_database
from tests.support.api_account import token_of
from tests.support.web_server import CONFIG, LOGIN, PASSWORD, SERVE, SITE, port_of, running

HANG_S = 180
"""Nobody waits as long: an answer that takes this long is none."""


@dataclass(frozen=True)
class Served:
    """A web server alone, and the database that it stands on."""

    folder: Path
    database: str
    process: subprocess.Popen[str]
    port: int
    token: str

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, str, str | None, bytes]:
        """Status, media type, Retry-After and body of an answer; 0: there was none."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
        sent = {"Authorization": f"Bearer {self.token}", "Connection": "close", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            kind = (answer.getheader("Content-Type") or "").partition(";")[0]
            return answer.status, kind, answer.getheader("Retry-After"), answer.read()
        except (OSError, HTTPException):
            return 0, "", None, b""
        finally:
            connection.close()

    def read(self) -> int:
        """The status of a list."""
        return self.ask("GET", "/api/v1/members")[0]

    def write(self) -> int:
        """The status of a new member; a refusal must say what it is."""
        status, kind, again, body = self.ask("POST", "/api/v1/members", {"display_name": "A"})
        if status == 503:
            assert kind == "application/problem+json"
            assert again is not None
            assert int(again) > 0
            assert b"database" in body
        return status

    def ready(self) -> int:
        """The status of readiness, which says why not."""
        status, _, again, body = self.ask("GET", "/health/ready")
        assert status != 503 or (again and json.loads(body)["database"])
        return status

    def members(self) -> int:
        """How many there are."""
        return len(json.loads(self.ask("GET", "/api/v1/members?limit=500")[3])["items"])


@contextmanager
def served(
    folder: Path,
    database: str,
    program: str = "",
    before: Callable[[Path], None] = lambda _folder: None,
) -> Iterator[Served]:
    """A web server over an installation of its own in that folder.

    `program` is run in its process first, `before` here when all is there and it has not started.
    """
    config = folder / "config.toml"
    config.write_text(CONFIG.replace("sqlite:///loquet.db", database))
    settings = load(config, {})
    initialise(settings)
    engine = open_database(settings.database.url)
    with Database(engine, house=HOUSE).write() as db:
        roles = {SITE: frozenset({Role.ADMIN, Role.MANAGER})}
        system = Actor.system("test")
        accounts.create(
            db, login=LOGIN, password=PASSWORD, roles=roles, actor=system, now=wall_clock()
        )
    engine.dispose()
    token = token_of(settings.database.url, LOGIN)
    before(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.web_server.SERVE", f"import sys\n{program}\n{SERVE}")
        with running(config) as process:
            port = port_of(process)
            yield Served(folder, settings.database.url, process, port, token)
