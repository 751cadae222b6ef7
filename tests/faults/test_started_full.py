"""A controller that is started on a full disk says what a running one says, and then goes on.

The kernel lets no file of the process grow (RLIMIT_FSIZE), as on a disk or a quota without room;
it is started again and again here by its own command.
"""

import html
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest
from sqlalchemy import make_url, select

from controller.assembly import HOUSE
from controller.capabilities.agents.models import HubKey
from controller.kernel.database import Database
from controller.settings.reading import load
from controller.store.engine import open_database
from controller.store.unavailable import TEXTS, Cause
from tests.faults.database_refuses import no_room
from tests.support.api_account import token_of
from tests.support.databases import a_copy
from tests.support.programs import free_port
from tests.support.served import Served
from tests.support.tree import ROOT
from tests.support.until import until
from tests.support.web_server import CONFIG, LOGIN, PASSWORD, ask, cookie_of, install, sign_in

FULL = TEXTS[Cause.FULL]


@dataclass(frozen=True)
class Place:
    """An installation whose processes are started by their own commands."""

    config: Path
    port: int
    token: str

    @property
    def database(self) -> str:
        """Its address."""
        return load(self.config, {}).database.url

    @contextmanager
    def started(self, command: str, *, full: bool = False, **io: Any) -> Iterator[Served]:
        """`loquet COMMAND`; `full`: no file of it may grow, from its first moment on."""
        limited = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, _HARD))  # noqa: E731
        with subprocess.Popen(
            [sys.executable, "-m", "controller.cli", command, "--config", str(self.config)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            preexec_fn=limited if full else None,
            text=True,
            **({"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL} | io),
        ) as process:
            try:
                yield Served(self.config.parent, self.database, process, self.port, self.token)
            finally:
                process.kill()

    def keys(self) -> list[str]:
        """Of the hubs that have registered."""
        engine = open_database(self.database)
        with Database(engine, house=HOUSE).read() as db:
            found = list(db.scalars(select(HubKey.kid)))
        engine.dispose()
        return found


_HARD = resource.getrlimit(resource.RLIMIT_FSIZE)[1]


def with_room(place: Served) -> None:
    """The disk takes writes again."""
    resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, (_HARD, _HARD))


def made(folder: Path, database: str = "sqlite:///loquet.db") -> Place:
    port = free_port()
    web = f'[web]\nbind = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}"'
    more = '[redis]\nurl = "embedded"\n'
    with pytest.MonkeyPatch.context() as patch:
        text = CONFIG.replace("sqlite:///loquet.db", database).replace("[web]", web)
        patch.setattr("tests.support.web_server.CONFIG", text + more)
        config = install(folder)
    return Place(config, port, token_of(load(config, {}).database.url, LOGIN))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return made(tmp_path)


def apart(place: Place) -> Place:
    """Hub and web are processes of their own, of which a Redis that is away is no trouble."""
    text = place.config.read_text().replace("embedded", "redis://127.0.0.1:1/0")
    place.config.write_text(text)
    return place


def is_up(place: Served) -> bool:
    return place.ask("GET", "/health/ready")[0] != 0


def words_of(place: Served, page: Callable[[Served], bytes]) -> Mapping[str, Any]:
    """What is answered: readiness, a write to the API, and a page in its words."""
    status, _, again, body = place.ask("GET", "/health/ready")
    said = json.loads(body)
    posted = place.ask("POST", "/api/v1/members", {"display_name": "A"})
    api = json.loads(posted[3])
    main = re.search(r"<main.*?</main>", page(place).decode(), re.DOTALL)
    assert main
    return {
        "ready": (status, again, said["status"], said["cause"], said["database"]),
        "api": (posted[0], posted[1], posted[2], api["title"], api.get("detail")),
        "page": " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0])).split()),
    }


def is_logged(place: Served, text: str) -> bool:
    """Wait for a line of its log; False: it has ended without it."""
    log: IO[str] | None = place.process.stderr
    return log is not None and any(text in line for line in log)


def signed_in(place: Served) -> bytes:
    """The page that answers somebody who signs in: that is written."""
    with ask(place.port, "GET", "/sign-in") as form:
        token = re.search(r'csrf_token" value="([^"]+)"', form.read().decode())
    assert token
    fields = {"csrf_token": token[1], "login": LOGIN, "password": PASSWORD}
    with ask(place.port, "POST", "/sign-in", cookie_of(form), **fields) as answer:
        assert (answer.status, answer.getheader("Retry-After")) == (503, "5")
        return answer.read()


def looked_at(cookie: str) -> Callable[[Served], bytes]:
    """The page that answers somebody who has signed in before, and opens one."""

    def page(place: Served) -> bytes:
        with ask(place.port, "GET", "/", cookie) as answer:
            assert (answer.status, answer.getheader("Retry-After")) == (503, "5")
            return answer.read()

    return page


def alarms(place: Served) -> list[tuple[str, str]]:
    """Why the database was away, and since when, once that is over."""
    return [
        (alarm["detail"]["cause"], alarm["raised_at"])
        for alarm in json.loads(place.ask("GET", "/api/v1/alarms")[3])["items"]
        if alarm["kind"] == "database_unavailable" and alarm["cleared_at"] is not None
    ]


def test_started_or_running_it_says_the_same_and_goes_on_by_itself(place: Place) -> None:
    with place.started("serve") as running:
        until(lambda: running.ready() == 200, "it does not start")
        cookie = sign_in(place.port)
        with no_room(running):
            until(lambda: running.write() != 201, "whatever is written finds room")
            wanted = words_of(running, signed_in)
        until(lambda: running.ready() == 200, "it does not go on")
        until(lambda: alarms(running), "no alarm tells of it")
        told = alarms(running)
        running.process.terminate()
        assert running.process.wait(60) == 0
    assert wanted["ready"] == (503, "5", "unavailable", "full", FULL)
    with place.started("serve", full=True) as started:
        until(lambda: is_up(started), "it ends, or does not answer")
        said = words_of(started, looked_at(cookie))
        assert {**said, "page": ""} == {**wanted, "page": ""}
        assert wanted["page"].startswith("503 Rien n’a été enregistré"), "a form was sent"
        assert said["page"].startswith("503 Service momentanément indisponible")
        with_room(started)
        until(lambda: started.ready() == 200, "it does not go on")
        assert started.write() == 201
        until(lambda: alarms(started) != told, "no alarm tells of it")
        assert [cause for cause, _ in (*told, *alarms(started))] == ["full", "full"]
        started.process.terminate()
        assert started.process.wait(60) == 0


def test_it_reads_where_somebody_else_has_the_database_open(place: Place) -> None:
    engine = open_database(place.database)
    with engine.connect(), place.started("serve", full=True) as started:
        until(lambda: is_up(started), "it ends, or does not answer")
        assert (started.read(), started.write(), started.ready()) == (200, 503, 503)
        with_room(started)
        until(lambda: started.ready() == 200, "it does not go on")
        assert (started.write(), started.members()) == (201, 1)
    engine.dispose()


def test_web_alone(place: Place) -> None:
    with apart(place).started("web", full=True) as started:
        until(lambda: is_up(started), "it ends, or does not answer")
        assert started.ask("GET", "/health/ready")[0] == started.read() == started.write() == 503
        with_room(started)
        until(lambda: started.ready() == 200, "it does not go on")
        assert started.write() == 201


def test_a_hub_alone_says_so_in_its_log_and_then_registers(place: Place) -> None:
    with apart(place).started("hub", full=True) as started:
        assert is_logged(started, FULL)
        assert place.keys() == []
        with_room(started)
        until(lambda: len(place.keys()) == 1, "it does not go on")


@pytest.mark.parametrize("command", ["serve", "hub"])
def test_who_waits_is_stopped_as_who_runs(place: Place, command: str) -> None:
    with (apart(place) if command == "hub" else place).started(command, full=True) as started:
        assert is_logged(started, FULL)
        started.process.terminate()
        assert started.process.wait(60) == 0


def test_a_full_log_stops_nobody(place: Place) -> None:
    with (
        Path("/dev/full").open("w") as log,
        place.started("serve", stdout=log, stderr=log) as started,
    ):
        until(lambda: started.ready() == 200, "it does not start")
        assert started.write() == 201
        started.process.terminate()
        assert started.process.wait(60) == 0


def test_a_full_brokers_folder_does_not_keep_its_hub_from_starting(place: Place) -> None:
    """Its access list can't be written: a hub with sites of its own starts, and tries again."""
    apart(place)
    text = place.config.read_text().replace("[mqtt]", '[mqtt]\nsites = ["la-fabrique"]')
    place.config.write_text(text)
    acl = place.config.parent / "broker" / "acl"
    acl.write_text("")
    away = acl.with_name("acl.new")
    away.mkdir()  # as a folder without room does, it takes no new file of this name
    with place.started("hub") as started:
        assert is_logged(started, "access list can't be written")
        away.rmdir()
        until(acl.read_text, "it is not written when it can be")


def test_postgresql_without_room(tmp_path: Path, postgres_url: str) -> None:
    """The server says 53100, as it does when its disk is full."""
    with a_copy(postgres_url, tmp_path) as url:
        place = made(tmp_path, url)
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as db:
            db.execute(_NO_ROOM)
            with place.started("serve") as started:
                until(lambda: is_up(started), "it ends, or does not answer")
                assert (started.read(), started.write(), started.ready()) == (200, 503, 503)
                db.execute("DROP TRIGGER no_room ON audit_head")
                until(lambda: started.ready() == 200, "it does not go on")
                assert started.write() == 201


_NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END$$;
CREATE TRIGGER no_room BEFORE UPDATE ON audit_head EXECUTE FUNCTION no_room();
"""
