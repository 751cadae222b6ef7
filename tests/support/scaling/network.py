"""Loquet as a network of places on such a cluster: three webs, and three sites, each with a broker,
a hub, simulated hardware and an agent of its own."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.cli.demo.processes import Processes, loquet
from controller.cli.http import Api, Browser, HttpFailed
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.kernel.journal import EventRow, StreamState
from controller.policy import head
from controller.store.engine import open_database, read_only
from devices.agent.enrolment.enrol import enrol
from tests.support.programs import free_port, program_path
from tests.support.scaling.cluster import WEBS, Cluster
from tests.support.scaling.debian import unpacked
from tests.support.scaling.lan import Lan
from tests.support.scaling.templates import filled
from tests.support.tree import ROOT
from tests.support.until import until

SITES = ("nord", "est", "sud")
LOGIN, PASSWORD = "admin@example.org", "phrase-of-the-proof"
BENCH = """
[[door]]
name = "porte-{site}"
board = "pi-{site}"
pin = 5
contact_pin = 6
[[reader]]
name = "porte-{site}"
link = "{folder}/reader-{site}"
"""
AGENT = """
[agent]
id = "pi-{site}"
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
[[agent.access_point]]
id = "porte-{site}"
kind = "door"
reader = {{ driver = "em4100_serial", port = "{folder}/reader-{site}" }}
strike = {{ driver = "gpio", pin = 5, fail = "fail_secure" }}
inputs = {{ contact = {{ driver = "gpio", pin = 6, active = "high" }} }}
"""


class Journal(NamedTuple):
    """What an agent's file says of its stream: its last number, and how far it is acknowledged."""

    stream: str
    last: int
    through: int


@dataclass
class Network:
    """The cluster, and what of Loquet runs on it."""

    folder: Path
    cluster: Cluster
    environment: dict[str, str]
    token: str = ""

    @property
    def url(self) -> str:
        """Where everybody reads pages: HAProxy."""
        return f"http://127.0.0.1:{self.cluster.ports['pages']}"

    @property
    def api(self) -> Api:
        """The API there, as an admin of all sites."""
        return Api(self.url, self.token)

    @property
    def database_url(self) -> str:
        """As hubs know it."""
        return f"postgresql://loquet@{self.cluster.at('database')}/loquet"

    @property
    def socket(self) -> str:
        """Of the simulated hardware."""
        return str(self.folder / "pins.sock")

    def start(self) -> None:
        """Set it up with the command line, and start it; once every agent is in step."""
        self._webs_configured()
        self._loquet("init", self.folder / "web1.toml", LOQUET_DATABASE_URL=self.database_url)
        for site in SITES:
            self._site(site)
        self._account()
        for web in WEBS:
            self._run(web, *loquet("web", "--config", str(self.folder / f"{web}.toml")))
        until(self._is_ready, "no web is ready", 120)
        self._agents()
        until(lambda: all(map(self.in_step, SITES)), lambda: f"not in step: {self._told()}", 120)

    def signed_in(self) -> Browser:
        """A browser in which the admin has signed in."""
        browser = Browser(self.url)
        browser.submit("/sign-in", "sign-in", login=LOGIN, password=PASSWORD)
        return browser

    def told(self, site: str) -> Any:
        """What the API says of a site's agent; None: it says nothing."""
        with suppress(HttpFailed):
            return self.api.get(f"/agents/pi-{site}")
        return None

    def _told(self) -> list[Any]:
        return [self.told(site) for site in SITES]

    def in_step(self, site: str, version: int = 1) -> bool:
        """Whether the hub has heard its agent say that it holds that version, or a newer one."""
        found = self.told(site)
        return bool(found and found["online"] and (found["policy_version"] or 0) >= version)

    def journal(self, site: str) -> Journal:
        """Of that site's agent."""
        file = self.folder / f"pi-{site}" / "state" / "journal.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            stream, last = db.execute("SELECT stream, seq FROM head").fetchone()
            (through,) = db.execute("SELECT through FROM acknowledged").fetchone()
        return Journal(stream, last, through)

    def held(self) -> dict[str, list[int]]:
        """The numbers that the database has of each stream, each as often as it is there."""
        numbers = select(StreamState.stream, EventRow.seq).join(
            StreamState, StreamState.no == EventRow.stream_no
        )
        found: dict[str, list[int]] = {}
        engine = open_database(self.database_url)
        with Session(read_only(engine)) as db:
            for stream, seq in db.execute(numbers):
                found.setdefault(stream, []).append(seq)
        engine.dispose()
        return found

    def versions(self) -> dict[str, int]:
        """How far each site's facts have come."""
        engine = open_database(self.database_url)
        with Session(read_only(engine)) as db:
            found = {site: head(db, site).version for site in SITES}
        engine.dispose()
        return found

    def is_used(self, web: str) -> bool:
        """Whether HAProxy sends requests to that web."""
        return self.cluster.state("ready", web).startswith("UP")

    def log(self, name: str) -> str:
        """The end of what a process has said."""
        return (self.cluster.place.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def _is_ready(self) -> bool:
        try:
            return bool(Browser(self.url).get("/health/ready"))
        except HttpFailed:
            return False

    def _run(self, name: str, *command: str) -> None:
        processes = self.cluster.processes
        processes[name] = self.cluster.place.add(name, command, **self.environment)

    def _loquet(self, verb: str, config: Path, *more: str, **environment: str) -> None:
        command = [*loquet(verb, *more), "--config", str(config)]
        given = os.environ | self.environment | environment
        done = subprocess.run(command, env=given, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def _webs_configured(self) -> None:
        for web in WEBS:
            filled(
                "web.toml",
                self.folder / f"{web}.toml",
                SITE=SITES[0],
                KEYS=self.folder / "keys",
                PGBOUNCER=self.cluster.at("pgbouncer"),
                VALKEY=self.cluster.at("valkey"),
                BROKER_DIR=self.folder / "broker",
                BIND=self.cluster.at(web),
                PUBLIC_URL=self.url,
            )

    def _site(self, site: str) -> None:
        """The site, its broker and its hub."""
        port, broker = free_port(), self.folder / f"broker-{site}"
        file = filled(
            "hub.toml",
            self.folder / f"hub-{site}.toml",
            SITE=site,
            SITE_NAME=site.capitalize(),
            KEYS=self.folder / "keys",
            DATABASE=self.cluster.at("database"),
            VALKEY=self.cluster.at("valkey"),
            BROKER_HOST="127.0.0.1",
            BROKER_PORT=port,
            BROKER_DIR=broker,
        )
        web = self.folder / "web1.toml"
        direct = {"LOQUET_DATABASE_URL": self.database_url}
        self._loquet("init", web, "--hub", site, **direct)
        self._loquet("init", file)
        self._run(
            f"broker-{site}", program_path("mosquitto") or "", "-c", f"{broker}/mosquitto.conf"
        )
        self._run(f"hub-{site}", *loquet("hub", "--config", str(file)))

    def _account(self) -> None:
        engine = open_database(self.database_url)
        system, now = Actor.system("test"), wall_clock()
        with Database(engine, house=HOUSE).write() as db:
            roles = {site: frozenset({Role.ADMIN}) for site in SITES}
            account = accounts.create(
                db, login=LOGIN, password=PASSWORD, roles=roles, actor=system, now=now
            )
            scopes = frozenset(HOUSE.permissions)
            added = tokens.add(db, account, "test", scopes, now, system, per_minute=60_000)
        engine.dispose()
        self.token = added[1]

    def _agents(self) -> None:
        (self.folder / "bench.toml").write_text(
            "".join(BENCH.format(site=site, folder=self.folder) for site in SITES)
        )
        bench = ("--socket", self.socket, "--bench", str(self.folder / "bench.toml"))
        self._run("pins", loquet()[0], "-m", "devices.sim.pins", *bench)
        until(Path(self.socket).exists, "no simulated hardware")
        for number, site in enumerate(SITES):
            self._agent(site, f"em:{number + 1:010}")

    def _agent(self, site: str, badge: str) -> None:
        """A box, a door and somebody with a badge."""
        api, folder = self.api, self.folder / f"pi-{site}"
        label = {"fr": site, "en": site}
        made = api.call("POST", "/agents", {"id": f"pi-{site}", "site_id": site, "name": label})
        door: dict[str, Any] = {
            "id": f"porte-{site}",
            "site_id": site,
            "kind": "door",
            "name": label,
        }
        door |= {"agent_id": f"pi-{site}", "commissioned": True, "risk": "door"}
        api.call("POST", "/access-points", door | {"requirement": {"subscription": False}})
        self.person(site, f"Tapper of {site}", badge)
        folder.mkdir()
        (folder / "config.toml").write_text(AGENT.format(site=site, folder=self.folder))
        enrol(self.url, made["claim_code"], folder / "state")
        self._run(f"pi-{site}", *loquet("agent", "--config", str(folder / "config.toml")))

    def person(self, site: str, name: str, badge: str) -> None:
        """Somebody with a badge, known at a site."""
        member = self.api.call("POST", "/members", {"display_name": name, "site_id": site})
        self.api.call("POST", "/credentials", {"member_id": member["id"], "value": badge})


@contextmanager
def running_network() -> Iterator[Network]:
    """It runs until the block ends."""
    with (
        TemporaryDirectory(prefix="loquet-") as name,
        Lan() as lan,
        pytest.MonkeyPatch.context() as patch,
    ):
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "logs").mkdir()
        with _running(folder, lan, patch) as found:
            yield found


@contextmanager
def _running(folder: Path, lan: Lan, patch: pytest.MonkeyPatch) -> Iterator[Network]:
    root = Path(os.environ.get("LOQUET_UNPACKED") or unpacked(folder))
    place = Processes(folder / "logs", print)
    try:
        cluster = Cluster(folder, root, lan, place)
        cluster.start()
        patch.setenv("PGPASSFILE", str(folder / "pgpass"))
        environment = {"PGPASSFILE": str(folder / "pgpass"), "PYTHONPATH": str(ROOT)}
        found = Network(folder, cluster, environment)
        found.start()
        yield found
    finally:
        place.stop()
