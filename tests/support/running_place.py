"""A real place for the contract tests: `loquet demo`, with everything in processes of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.datastructures import Headers

from controller.assembly import HOUSE
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.seed import seed
from controller.cli.init import initialise
from controller.cli.numbers import vault_here
from controller.kernel.database import Database
from controller.settings.reading import load
from controller.store.engine import open_database
from controller.store.unavailable import TEXTS, Cause
from tests.support.temporary import once
from tests.support.tree import ROOT
from tests.support.until import until

START_S, CALL_S, END_S = 600.0, 180.0, 180.0
JSON = "application/json"
LOCKED = TEXTS[Cause.LOCKED].encode()


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        """Its media type, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]


@dataclass(frozen=True)
class RunningPlace:
    """The demo's place, and what its ready file says."""

    state: Path
    url: str
    token: str
    site: str
    ready: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    """What its processes have beyond our own: the address of a database that is no SQLite."""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        raw: bytes | None = None,
        token: str | None = None,
        once: bool = False,
    ) -> Answer:
        """Call the API; `token` empty: none is sent.

        Who is told that nothing was done, for another writer takes too long, tries again, but for
        `once`.
        """
        given = self.token if token is None else token
        sent = {"Authorization": f"Bearer {given}"} if given else {}
        data = raw if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = JSON
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/api/v1{path}", data, sent | dict(headers or {}), method=method
        )
        answers = list[Answer]()

        def is_answered() -> bool:
            try:
                answers.append(_answer(request))
            except urllib.error.URLError as error:
                raise urllib.error.URLError(f"{error.reason}\n{self._last_lines()}") from error
            return once or LOCKED not in answers[-1].body

        until(is_answered, TEXTS[Cause.LOCKED], CALL_S)
        return answers[-1]

    def _last_lines(self) -> str:
        """What its processes wrote last, to explain why one of them no longer answers."""
        logs = [self.state.parent / "demo.log", *sorted((self.state / "logs").iterdir())]
        return "\n".join(f"{log.name}:\n{log.read_text()[-2000:]}" for log in logs)

    def wait_for(self, true: Callable[[], object]) -> None:
        """Ask again and again until something has become true."""
        until(true, "it has not become true", CALL_S)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Its database, beside the processes that use it."""
        settings = load(self.state / "config.toml", self.environment)
        engine = open_database(settings.database.url)
        try:
            yield Database(engine, house=HOUSE, vault=vault_here(settings))
        finally:
            engine.dispose()

    def make(self, path: str, body: object) -> dict[str, Any]:
        """Create something that must be created."""
        answer = self.call("POST", path, body)
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.json
        return made

    def listed(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        after = ""
        while True:
            words = "&".join(f"{key}={value}" for key, value in query.items())
            answer = self.call("GET", f"{path}?limit=500&{words}{after}")
            assert answer.status == 200, answer.body
            yield from answer.json["items"]
            if answer.json["next"] is None:
                return
            after = f"&after={answer.json['next']}"


def _answer(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=CALL_S) as response:  # noqa: S310
            return Answer(response.status, Headers(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, Headers(error.headers.items()), error.read())


@contextmanager
def running_place(folder: Path, server: str | None = None) -> Iterator[RunningPlace]:
    """Start the demo under a folder, and end it with SIGTERM.

    `server` is the address of a migrated, empty database of PostgreSQL: without it, SQLite.
    """
    environment = {"LOQUET_DATABASE_URL": server} if server else {}
    if server:
        furnish(folder / "state", environment)
    else:
        shutil.copytree(once("demo", furnish), folder / "state")
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "controller.cli", "demo", "--state", str(folder / "state")]
    command += ["--port", "0", "--ready-file", str(ready)]
    with (folder / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        )
    try:
        yield _wait(demo, ready, folder, environment)
    finally:
        demo.send_signal(signal.SIGTERM)
        try:
            ended = demo.wait(END_S)
        except subprocess.TimeoutExpired:
            demo.kill()
            raise
    assert ended in (0, -signal.SIGTERM, 128 + signal.SIGTERM), (folder / "demo.log").read_text()


def furnish(folder: Path, environment: Mapping[str, str] = os.environ) -> None:
    """What the demo makes before it starts anything, once a run: it chooses its ports itself."""
    layout = Layout.under(folder)
    layout.write(Ports(web=1, broker=1))
    settings = load(layout.config, environment)
    initialise(settings)
    seed(settings, folder / "secrets.json")


def _wait(
    demo: subprocess.Popen[bytes], ready: Path, folder: Path, environment: Mapping[str, str]
) -> RunningPlace:
    """Wait for the ready file, which is there at once and whole, or for the demo's end."""
    until = time.monotonic() + START_S
    while not ready.exists():
        try:
            demo.wait(0.05)
        except subprocess.TimeoutExpired:
            assert time.monotonic() < until, (folder / "demo.log").read_text()
        else:
            raise AssertionError((folder / "demo.log").read_text())
    facts = json.loads(ready.read_text())
    return RunningPlace(
        folder / "state",
        facts["web_url"],
        facts["admin_token"],
        facts["site_id"],
        facts,
        environment,
    )
