"""A place for faults: the shipped broker's configuration, hubs that can die, agents that insist."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.capabilities.agents import broker, installation
from controller.capabilities.agents.pki import Authority, certificate_pem, private_pem
from controller.settings import MqttSettings, Settings, SiteSettings, WebSettings
from controller.wire.codec import decode
from controller.wire.events import AccessGranted
from controller.wire.link import PahoLink
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import EventAck
from tests.hub.fake_agent import FakeAgent
from tests.hub.world import SITE, World, new_database
from tests.support.broker import Shipped
from tests.support.programs import free_port
from tests.support.tree import ROOT

WAIT_S = 180.0
BATCH = 100
IN_FLIGHT = 4


class Site:
    """Broker, database and agents of one place; a hub is started when wanted."""

    def __init__(self, folder: Path, agents: int = 2) -> None:
        self.folder = folder
        self.port = port = free_port()
        self.world = World.make(new_database(folder), agents)
        self.settings = Settings(
            site=SiteSettings(keys=str(folder / "keys")),
            mqtt=MqttSettings(
                port=port,
                ca=str(folder / "keys/ca.crt"),
                cert=str(folder / "keys/hub.crt"),
                key=str(folder / "keys/hub.key"),
                broker_dir=str(folder / "broker"),
            ),
            web=WebSettings(secret=str(folder / "keys/web.secret")),
        )
        installation.prepare(self.settings, datetime.now(UTC))
        self._authority = Authority.load(folder / "keys")
        self.issue("hub-second", Ed25519PrivateKey.generate())
        for agent in self.world.agents:
            self.issue(agent.name, agent.signer.private_key)
        access = broker.access_list(
            [installation.HUB, "hub-second"],
            [broker.BrokerAgent(SITE, agent.name) for agent in self.world.agents],
        )
        revoked = self._authority.revocation_list([], datetime.now(UTC))
        broker.install(folder / "broker", access, revoked)
        self.broker = Shipped(folder)

    def issue(self, name: str, key: Ed25519PrivateKey) -> None:
        """Write a client certificate and its key as NAME.crt and NAME.key."""
        until = datetime.now(UTC) + timedelta(days=1)
        certificate = self._authority.issue(name, key.public_key(), until)
        (self.folder / "keys" / f"{name}.crt").write_text(certificate_pem(certificate))
        (self.folder / "keys" / f"{name}.key").write_bytes(private_pem(key))

    def hub(self, name: str = installation.HUB, **fate: Any) -> "HubProcess":
        """Start a hub process; `moment` and `number` say where it dies by itself."""
        file = "hub" if name == installation.HUB else name
        keys = self.folder / "keys"
        config = {
            "name": name,
            "port": self.port,
            "ca": str(keys / "ca.crt"),
            "cert": str(keys / f"{file}.crt"),
            "key": str(keys / f"{file}.key"),
            "database": f"sqlite:///{self.folder / 'loquet.db'}",
            **fate,
        }
        return HubProcess(config)

    def link(self, agent: FakeAgent) -> PahoLink:
        """A connection with the agent's certificate, not started yet."""
        keys = self.folder / "keys"
        return PahoLink(
            host="127.0.0.1",
            port=self.port,
            ca=keys / "ca.crt",
            cert=keys / f"{agent.name}.crt",
            key=keys / f"{agent.name}.key",
            client_id=agent.name,
            signer=agent.signer,
        )

    def uploader(self, agent: FakeAgent) -> "Uploader":
        """The agent, connected, with a journal that it insists on."""
        return Uploader(agent, self.link(agent))


class HubProcess:
    """`child.py` at work."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.hub.child", json.dumps(config)],
            stdin=subprocess.PIPE,
            cwd=ROOT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()

    def wait_for_death(self) -> int:
        """Its exit code, once it has died."""
        code = self._process.wait(WAIT_S)
        self._close()
        return code

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self.wait_for_death()

    def stop(self) -> None:
        """Have it end in good order."""
        self._close()
        assert self._process.wait(WAIT_S) == 0

    def _close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()


class Uploader:
    """Offers an agent's journal again and again, as the protocol asks, until it is acknowledged."""

    def __init__(self, agent: FakeAgent, link: PahoLink, step_s: float = 0.3) -> None:
        self.agent = agent
        self.through = 0
        self.busy = True
        """Whether it goes on to record events."""
        self._link = link
        self._step_s = step_s
        self._seconds = 0.0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        link.on_message(self._acknowledged)
        link.subscribe(agent.topics.agent_ack(agent.name))

    def start(self) -> None:
        self._link.start()
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()
        self._link.stop()

    def wait_through(self, seq: int) -> None:
        """Wait until everything up to a number is acknowledged."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.through >= seq, timeout=WAIT_S)

    def finish(self) -> None:
        """Record nothing more, and wait until the whole journal is acknowledged."""
        self.busy = False
        self.wait_through(len(self.agent.journal))

    def _acknowledged(self, message: IncomingMessage) -> None:
        ack = decode(message.payload, EventAck).value
        with self._changed:
            assert not ack.rejected
            self.through = max(self.through, ack.through)
            self._changed.notify_all()

    def _run(self) -> None:
        sent = 0
        while not self._stopping:
            self._record()
            before = self.through
            start = max(before, sent)
            end = min(before + BATCH * IN_FLIGHT, len(self.agent.journal))
            for first in range(start, end, BATCH):
                batch = self.agent.batch(self.agent.journal[first : min(first + BATCH, end)])
                self._link.publish(batch.topic, batch.payload)
            sent = max(start, end)
            moved = self._wait_beyond(before)
            if not moved:
                sent = self.through

    def _wait_beyond(self, seq: int) -> bool:
        """Wait for an acknowledgement beyond a number, but not for long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._stopping or self.through > seq, self._step_s
            )

    def _record(self) -> None:
        while self.busy and len(self.agent.journal) < self.through + BATCH * IN_FLIGHT:
            self._seconds += 1
            self.agent.record(AccessGranted, at_s=self._seconds)
