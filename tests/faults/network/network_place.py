"""A network as it is run: PostgreSQL, Valkey, Mosquitto, some hubs and web processes."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.places import sites
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.kernel.models import Lease
from controller.settings import SiteSettings
from controller.store.engine import open_database
from tests.support.broker import Shipped
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.support.until import until

SITE, LOGIN = "la-fabrique", "admin@example.org"
HUBS = ("main", "second", "third")
LEASE_S = 2.0
WAIT_S = 180.0
CONFIG = """
[site]
id = "la-fabrique"
keys = "keys"
[database]
url = "{database}"
[redis]
url = "{redis}"
[mqtt]
port = {broker}
ca = "keys/ca.crt"
cert = "keys/{hub}.crt"
key = "keys/{hub}.key"
broker_dir = "broker"
lease_s = {lease_s}
[web]
bind = "127.0.0.1:{web}"
public_url = "http://127.0.0.1:{web}"
threads = 64
secret = "keys/web.secret"
"""


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    tag: str
    json: Any


@dataclass
class Network:
    """Its processes by name, and the addresses of the webs."""

    folder: Path
    database_url: str
    token: str = ""
    webs: list[str] = field(default_factory=list)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def call(
        self,
        web: int,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask one of the webs."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.webs[web]}/api/v1/{path}"
        request = urllib.request.Request(  # noqa: S310
            url, data, sent | dict(headers or {}), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310
                return Answer(answer.status, answer.headers.get("ETag", ""), _json(answer.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, "", _json(error.read()))

    def make(self, path: str, body: object, web: int = 0) -> dict[str, Any]:
        """Create something that must be created."""
        answer = self.call(web, "POST", path, body)
        assert answer.status == 201, answer.json
        made: dict[str, Any] = answer.json
        return made

    def leader(self) -> str:
        """The name of the hub that holds the site's lease now."""
        engine = open_database(self.database_url)
        with Database(engine, house=HOUSE).read() as db:
            lease = db.get(Lease, f"site:{SITE}")
            held = lease is not None and lease.until > wall_clock()
            name = lease.holder.partition("/")[0] if lease is not None and held else ""
        engine.dispose()
        return name

    def start_hub(self, name: str) -> None:
        """Start it, or start it again."""
        number = HUBS.index(name.removeprefix("hub-"))
        config = self.folder / f"{number}.toml"
        self.processes[name] = _process(self, name, "hub", config)

    def log(self) -> str:
        """What its processes have said."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{file.name}: {file.read_text()[-3000:]}" for file in files)

    def until(self, true: Callable[[], object], what: str) -> None:
        """Ask again until it is so, with what its processes have said when it never is."""
        until(true, lambda: f"{what}\n{self.log()}", WAIT_S)


def _json(text: bytes) -> Any:
    return json.loads(text) if text.startswith((b"{", b"[")) else None


@contextmanager
def running(
    folder: Path,
    database_url: str,
    redis: str,
    *,
    webs: int,
    hubs: int,
    lease_s: float = LEASE_S,
    more_sites: Sequence[str] = (),
) -> Iterator[Network]:
    """Set it up with the command line, start it, and end it."""
    network = Network(folder, database_url)
    ports = [free_port() for _ in range(max(webs, hubs))]
    network.webs = [f"http://127.0.0.1:{port}" for port in ports[:webs]]
    names = [f"hub-{name}" for name in HUBS[: max(hubs, 1)]]
    broker = free_port()
    for number, port in enumerate(ports):
        text = CONFIG.format(
            database=database_url,
            redis=redis,
            broker=broker,
            web=port,
            hub=names[number % len(names)].replace("hub-main", "hub"),
            lease_s=lease_s,
        )
        (folder / f"{number}.toml").write_text(text)
    _loquet(folder, "init", "--config", folder / "0.toml")
    for name in HUBS[1:hubs]:
        _loquet(folder, "init", "--hub", name, "--config", folder / "0.toml")
    network.token = _token(database_url, more_sites)
    with ExitStack() as stack:
        if hubs:
            mosquitto = Shipped(folder)
            mosquitto.start()
            stack.callback(mosquitto.kill)
        for number in range(webs):
            _start(stack, network, f"web{number}", "web", folder / f"{number}.toml")
        for name in names[:hubs]:
            stack.enter_context(_ended(network, name))
            network.start_hub(name)
        for number in range(webs):
            network.until(partial(_is_up, network, number), "a web does not answer")
        if hubs:
            network.until(network.leader, "no hub has taken the lease")
        yield network


def _token(database_url: str, more_sites: Sequence[str]) -> str:
    engine = open_database(database_url)
    with Database(engine, house=HOUSE).write() as db:
        system, now = Actor.system("test"), wall_clock()
        for site in more_sites:
            sites.ensure_site(db, SiteSettings(id=site, name=site), now)
        roles = {site: frozenset({Role.ADMIN}) for site in (SITE, *more_sites)}
        account = accounts.create(
            db, login=LOGIN, password=None, roles=roles, actor=system, now=now
        )
        scopes = frozenset(HOUSE.permissions)
        token = tokens.add(db, account, "test", scopes, now, system, per_minute=60_000)[1]
    engine.dispose()
    return token


def _loquet(folder: Path, *words: object) -> None:
    command = [sys.executable, "-m", "controller.cli", *map(str, words)]
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _start(stack: ExitStack, network: Network, name: str, verb: str, config: Path) -> None:
    stack.enter_context(_ended(network, name))
    network.processes[name] = _process(network, name, verb, config)


def _process(network: Network, name: str, verb: str, config: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "controller.cli", verb, "--config", str(config)]
    with (network.folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=network.folder, stdout=log, stderr=log, env=_environment()
        )


@contextmanager
def _ended(network: Network, name: str) -> Iterator[None]:
    """Whatever process has that name at the end."""
    try:
        yield
    finally:
        if name in network.processes:
            _end(network.processes[name])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_up(network: Network, web: int) -> bool:
    dead = [name for name, process in network.processes.items() if process.poll() is not None]
    assert not dead, f"{dead} ended\n{network.log()}"
    try:
        return network.call(web, "GET", "sites").status == 200
    except OSError:
        return False
