"""An installation for a fleet: broker, controller, and thousands of enrolled agents."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec
from sqlalchemy import func, select

from controller.assembly import HOUSE
from controller.capabilities.agents import agents, broker, claims, hub_keys
from controller.capabilities.agents.installation import HUB
from controller.capabilities.agents.pki import Authority
from controller.capabilities.agents.shapes import NewAgent
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.cli.bench import crowd
from controller.cli.bench.venue import CERTIFICATION
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.processes import Process, Processes, loquet
from controller.cli.demo.seed import Secrets, seed
from controller.cli.demo.start import answers, find_mosquitto, free_port, is_ready
from controller.cli.http import Api
from controller.cli.init import initialise
from controller.cli.numbers import vault_of
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import is_from_agents
from controller.kernel.shapes import Label
from controller.policy.models import PolicySite
from controller.settings import Settings
from controller.settings.reading import load
from controller.store.engine import open_database
from controller.wire.base64url import b64encode
from controller.wire.signatures import Signer
from devices.agent.enrolment.enrol import ClaimAnswer, csr_of, store_identity

_MEMORY = Path("/dev/shm")  # noqa: S108
_AT_ONCE = 200


@dataclass
class FleetPlace:
    """The running processes, and access to them.

    `folders` has the agents' folders, one for each process.
    """

    layout: Layout
    ports: Ports
    secrets: Secrets
    process_group: Processes
    broker: Process
    serve: Process
    folders: list[Path]

    @property
    def url(self) -> str:
        """Address of the pages and the API."""
        return f"http://127.0.0.1:{self.ports.web}"

    @property
    def api(self) -> Api:
        """A client of the API with the admin's token."""
        return Api(self.url, self.secrets.admin_token)

    @property
    def settings(self) -> Settings:
        """The controller's settings."""
        return load(self.layout.config)

    def ready(self) -> dict[str, Any]:
        """Return what other programs need to use the installation."""
        return {
            "web_url": self.url,
            "admin_token": self.secrets.admin_token,
            "mqtt": {
                "host": "127.0.0.1",
                "port": self.ports.broker,
                "ca": str(self.layout.state / "keys" / "ca.crt"),
            },
            "pids": {"broker": self.broker.pid, "serve": self.serve.pid},
        }

    def credentials(self, first: int, many: int) -> list[str]:
        """Return the ids of the badges of `many` holders, from the holder `first`."""
        settings = self.settings
        vault = vault_of(settings)
        keys = [vault.holder_key(crowd.badge(number)) for number in range(first, first + many)]
        with _database(settings) as database, database.read() as db:
            query = select(CredentialRow.holder_key, CredentialRow.id)
            ids = dict(db.execute(query.where(CredentialRow.holder_key.in_(keys))).all())
        return [ids[key] for key in keys]

    def version(self) -> int:
        """Return the version of the site's policy."""
        with _database(self.settings) as database, database.read() as db:
            return db.scalars(select(PolicySite.version)).one()

    def events(self) -> int:
        """Return how many events of the fleet are in the database."""
        with _database(self.settings) as database, database.read() as db:
            is_from_fleet = is_from_agents(
                [path.name for folder in self.folders for path in folder.iterdir()]
            )
            return db.scalar(select(func.count()).select_from(EventRow).where(is_from_fleet)) or 0

    def put_down(self, *processes: Process) -> None:
        """Kill processes without letting them restart."""
        for process in processes:
            process.stays_down = True
            os.kill(process.pid, signal.SIGKILL)
        for process in processes:
            if process.popen is not None:
                process.popen.wait()

    def bring_up(self, *processes: Process) -> None:
        """Start processes after `put_down`, and let them restart again from now on."""
        for process in processes:
            process.start()
            process.stays_down = False

    def wait_up(self) -> None:
        """Wait until broker and controller answer. Raises ProcessFailed."""
        self.process_group.wait_for(self.broker, lambda: answers(self.ports.broker))
        self.process_group.wait_for(self.serve, lambda: is_ready(self.url))


@contextmanager
def open_place(
    folder: Path, *, fleet: int, holders: int, processes: int, say: Callable[[str], None]
) -> Iterator[FleetPlace]:
    """Set everything up in a folder, start broker and controller, and stop them after the block.

    The agents' files are in memory (/dev/shm) if possible: a thousand agents on one disk would
    measure that disk. Raises errors with a one-line text.
    """
    mosquitto = find_mosquitto()
    layout, ports = Layout.under(folder), Ports(free_port(0), free_port(0))
    layout.write(ports)
    settings = load(layout.config)
    say(f"{holders} holders, {fleet} agents")
    initialise(settings)
    secrets = seed(settings, layout.state / "secrets.json")
    memory = Path(mkdtemp(prefix="loquet-fleet-", dir=_MEMORY if _MEMORY.is_dir() else None))
    folders = [memory / f"crew-{number}" for number in range(processes)]
    process_group = Processes(layout.state / "logs", say)
    try:
        _people(settings, holders)
        _enrol(settings, ports, folders, fleet)
        conf = layout.state / "broker" / "mosquitto.conf"
        broker_process = process_group.add("broker", [mosquitto, "-c", str(conf)])
        serve = process_group.add("serve", loquet("serve", "--config", str(layout.config)))
        fleet_place = FleetPlace(
            layout, ports, secrets, process_group, broker_process, serve, folders
        )
        fleet_place.wait_up()
        yield fleet_place
    finally:
        process_group.stop()
        shutil.rmtree(memory, ignore_errors=True)


def name_of(number: int) -> str:
    """Return the id of an agent, which is that of its machine too."""
    return f"fleet-{number:05d}"


def _people(settings: Settings, holders: int) -> None:
    vault = vault_of(settings)
    with _database(settings) as database, database.write() as db:
        crowd.add_members(db, vault, wall_clock(), holders, holders)


def _enrol(settings: Settings, ports: Ports, folders: list[Path], fleet: int) -> None:
    """Enrol agents like `loquet enrol`, without the limit of claims per minute."""
    now, authority = wall_clock(), Authority.load(Path(settings.site.keys))
    hub = Signer.load(Path(settings.mqtt.key))
    with _database(settings) as database:
        # as at the controller's start: agents learn this key when they enrol
        with database.write() as db:
            public = b64encode(hub.public_key_bytes)
            hub_keys.register_hub_key(db, name=HUB, kid=hub.kid, public_key=public, now=now)
        for first in range(0, fleet, _AT_ONCE):
            numbers = range(first, min(fleet, first + _AT_ONCE))
            signers = {number: Signer.generate() for number in numbers}
            with database.write() as db:
                claimed = {
                    number: _claim(db, settings, authority, ports, number, signer, now)
                    for number, signer in signers.items()
                }
            for number, claim in claimed.items():
                folder = folders[number % len(folders)] / name_of(number)
                store_identity(f"http://127.0.0.1:{ports.web}", claim, signers[number], folder)
        with database.read() as db:
            enrolled, serials = agents.broker_lists(db)
            hubs = {HUB} | hub_keys.hub_names(db)
    revoked = authority.revocation_list(serials, now)
    broker.install(Path(settings.mqtt.broker_dir), broker.access_list(hubs, enrolled), revoked)


def _claim(
    db: Any,
    settings: Settings,
    authority: Authority,
    ports: Ports,
    number: int,
    signer: Signer,
    now: Utc,
) -> ClaimAnswer:
    id_, actor = name_of(number), Actor.system("bench")
    label = Label(fr=id_, en=id_)
    new = NewAgent(id=id_, name=label)
    _, code = agents.create(db, new, fingerprint16=authority.fingerprint16, actor=actor, now=now)
    point = NewAccessPoint(
        id=id_,
        kind=PointKind.MACHINE,
        name=label,
        agent_id=id_,
        zone_id="atelier",
        commissioned=True,
        requirement=RequirementShape(
            certifications=(("reglement",), (CERTIFICATION,)), plans=("atelier",)
        ),
    )
    access_points.create(db, point, actor=actor, now=now)
    enrolment = claims.redeem(
        db,
        claims.Claim(claim_code=code.claim_code, csr=csr_of(signer, id_)),
        authority=authority,
        vault=vault_of(settings),
        own_broker=claims.Broker(host="127.0.0.1", port=ports.broker),
        now=now,
    )
    return msgspec.convert(msgspec.to_builtins(enrolment), ClaimAnswer)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    engine = open_database(settings.database.url)
    try:
        yield Database(engine, house=HOUSE, vault=vault_of(settings))
    finally:
        engine.dispose()
