"""A broker, simulated hardware, a hub written from the protocol, and an agent to run there."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from controller.domain.facts import AccessPoint, Holder, Name, PointKind, Requirement, Risk
from controller.domain.ids import AccessPointId, AgentId, CredentialId
from controller.domain.time import Utc
from controller.wire.base64url import b64encode
from controller.wire.codec import decode, encode, raw
from controller.wire.commands import CommandArgs, command_type
from controller.wire.digest import PolicyDigest
from controller.wire.events import Event
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import decode_event
from controller.wire.keys import holder_key
from controller.wire.link import IncomingMessage, PahoLink
from controller.wire.messages import (
    AgentStatus,
    AgentTelemetry,
    AgentWiring,
    Command,
    CommandReply,
    EventAck,
    EventBatch,
    PointState,
    PolicyDelta,
    PolicyHead,
    PolicyPage,
    SyncRequest,
)
from controller.wire.rows import HubKey, Row, RowValue, SiteRow
from controller.wire.signatures import Signature, Signer, verify
from controller.wire.topics import Channel, Topics, hub_subscriptions, parse
from controller.wire.values import make_row, removed_row
from devices.agent.enrolment.identity import Enrolment, IdentityFiles, MqttAddress, write_private
from tests.support.broker import Authority, Broker
from tests.support.pins import Pins

NICE = -5
"""As systemd/loquet-agent.service says: contactors are pulsed though six tests run beside it."""
WAIT_S = 180.0
SITE, AGENT, SECRET = "site", "pi-1", b"k" * 32
LASER, DOOR = AccessPointId("laser"), AccessPointId("door")
AMINA, ZOE = CredentialId("em:0000000001"), CredentialId("em:0000000002")
BENCH = """
[[machine]]
name = "laser"
board = "pi-1"
pin = 17
drive = "pump"
[[door]]
name = "door"
board = "pi-1"
pin = 5
contact_pin = 6
[[reader]]
name = "laser"
link = "{folder}/laser"
[[reader]]
name = "door"
link = "{folder}/door"
"""
CONFIG = """
[agent]
id = "pi-1"
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
[[agent.access_point]]
id = "laser"
kind = "machine"
reader = {{ driver = "em4100_serial", port = "{folder}/laser" }}
power = {{ driver = "gpio_pulse", pin = 17 }}
meter = {{ driver = "sim", machine = "laser" }}
[[agent.access_point]]
id = "door"
kind = "door"
reader = {{ driver = "em4100_serial", port = "{folder}/door" }}
strike = {{ driver = "gpio", pin = 5, fail = "fail_secure" }}
inputs = {{ contact = {{ driver = "gpio", pin = 6, active = "high" }} }}
"""
_TYPES: dict[Channel, Any] = {
    Channel.STATUS: AgentStatus,
    Channel.TELEMETRY: AgentTelemetry,
    Channel.POINT: PointState,
    Channel.WIRING: AgentWiring,
    Channel.EVENTS: EventBatch,
    Channel.SYNC: SyncRequest,
    Channel.REPLY: CommandReply,
}


class Hub:
    """Owns a policy, answers syncs page by page, acknowledges events, and remembers everything."""

    def __init__(self, port: int, folder: Path, signer: Signer, agent: Signer) -> None:
        self.signer, self._agent = signer, agent
        self._topics = Topics(SITE)
        self._rows: dict[tuple[str, str], Row] = {}
        self.version, self.epoch, self.page_rows = 0, 1, 3
        self._changed = threading.Condition(threading.RLock())
        self.messages: list[tuple[Channel, str, Any]] = []
        self.events: dict[tuple[str, int], bytes] = {}
        self.badly_signed = 0
        self.acknowledges = True
        self.link = PahoLink(
            host="127.0.0.1",
            port=port,
            ca=folder / "ca.pem",
            cert=folder / "hub-main.pem",
            key=folder / "hub-main.key",
            client_id="hub-main",
            signer=signer,
        )
        self.link.on_message(self._take)
        ups: queue.Queue[bool] = queue.Queue()
        self.link.on_connection(ups.put)
        for topic in hub_subscriptions(SITE):
            self.link.subscribe(topic)
        self.link.start()
        assert ups.get(timeout=WAIT_S)

    def learn(self, *facts: tuple[str, str, RowValue | None]) -> None:
        """Facts change (None: removed): a new version, told by delta and head."""
        with self._changed:
            before, self.version = self.version, self.version + 1
            rows = []
            for table, key, value in facts:
                row = (
                    removed_row(table, key, self.version)
                    if value is None
                    else make_row(key, self.version, value)
                )
                self._rows[table, key] = row
                rows.append(row)
        delta = PolicyDelta(
            at=now(),
            epoch=self.epoch,
            from_version=before,
            to_version=self.version,
            rows=tuple(rows),
        )
        self.link.publish(self._topics.policy_delta(), encode(delta))
        self.tell_head()

    def tell_head(self, **changes: Any) -> None:
        """Say where the policy stands."""
        with self._changed:
            digest = PolicyDigest()
            for row in self._rows.values():
                digest.add(row.table, row.key, row.version)
            holders = sum(r.table == "holder" and not r.removed for r in self._rows.values())
            fields = {
                "at": now(),
                "epoch": self.epoch,
                "version": self.version,
                "holders": holders,
                "digest": digest.text,
                **changes,
            }
        self.link.publish(self._topics.policy_head(), encode(PolicyHead(**fields)), retain=True)

    def command(self, args: CommandArgs, boot_id: str, point: str | None = None) -> CommandReply:
        """Ask the agent, and wait for its answer."""
        sent = self.send(args, boot_id, point)
        found: CommandReply = self.wait(Channel.REPLY, lambda reply: reply.command_id == sent)
        return found

    def send(self, args: CommandArgs, boot_id: str, point: str | None = None) -> str:
        """Ask the agent; the command's id."""
        at = now()
        command = Command(
            at=at,
            command_id=uuid7(),
            boot_id=boot_id,
            access_point=None if point is None else AccessPointId(point),
            type=command_type(args),
            expires_at=Utc.of(at + timedelta(seconds=10)),
            args=raw(args),
        )
        self.link.publish(self._topics.agent_command(AGENT), encode(command))
        return command.command_id

    def wait(self, channel: Channel, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first message of that kind that is wanted, of those that came and will come."""

        def first() -> Any:
            return next((m for c, _, m in self.messages if c is channel and wanted(m)), None)

        with self._changed:
            assert self._changed.wait_for(first, timeout=WAIT_S), f"no such {channel}"
            return first()

    def wait_event(self, wanted: Callable[[Event], bool]) -> Event:
        """The first event that is wanted."""

        def first() -> Event | None:
            return next((e for e in self.told() if wanted(e)), None)

        with self._changed:
            came = self._changed.wait_for(first, timeout=WAIT_S)
            assert came, f"no such event; the last ones: {self.told()[-3:]}"
            found = first()
            assert found is not None
            return found

    def told(self) -> list[Event]:
        """Every event, once, in the order of its stream."""
        with self._changed:
            return [decode_event(self.events[key]).event for key in sorted(self.events)]

    def forget_messages(self) -> None:
        """Look at what comes from now on only."""
        with self._changed:
            self.messages.clear()

    def stop(self) -> None:
        self.link.stop()

    def _take(self, message: IncomingMessage) -> None:
        topic = parse(message.topic)
        if not message.payload or topic.agent != AgentId(AGENT):
            return
        signature = Signature(message.kid or "", message.sig or "")
        key = self._agent.public_key_bytes
        well = verify(key, message.topic, message.payload, signature)
        if not well and topic.channel is not Channel.TELEMETRY:
            self.badly_signed += 1
            return
        value = decode(message.payload, _TYPES[topic.channel]).value
        with self._changed:
            self.messages.append((topic.channel, topic.access_point or "", value))
            if isinstance(value, EventBatch):
                self._keep(value)
            elif isinstance(value, SyncRequest):
                self._answer(value)
            self._changed.notify_all()

    def _keep(self, batch: EventBatch) -> None:
        for event in batch.events:
            data = bytes(event)
            seq = decode_event(data).seq
            assert self.events.setdefault((batch.stream, seq), data) == data
        if self.acknowledges:
            seqs = {seq for stream, seq in self.events if stream == batch.stream}
            through = next(n for n in range(len(seqs) + 1) if n + 1 not in seqs)
            ack = EventAck(at=now(), stream=batch.stream, through=through)
            self.link.publish(self._topics.agent_ack(AGENT), encode(ack))

    def _answer(self, request: SyncRequest) -> None:
        snapshot = request.epoch != self.epoch
        since = 0 if snapshot else request.since
        after = request.after or ""
        rows = [
            row
            for (table, key), row in sorted(self._rows.items())
            if row.version > since and f"{table}/{key}" > after
        ]
        page, rest = rows[: self.page_rows], rows[self.page_rows :]
        answer = PolicyPage(
            at=now(),
            request_id=request.request_id,
            epoch=self.epoch,
            to_version=self.version,
            snapshot=snapshot,
            rows=tuple(page),
            next=f"{page[-1].table}/{page[-1].key}" if rest else None,
        )
        self.link.publish(self._topics.agent_policy(AGENT), encode(answer))


class Place:
    """Everything around one agent."""

    def __init__(self, folder: Path, config: str = CONFIG, bench: str = BENCH) -> None:
        """`config` and `bench` with `{folder}` where the place's own is meant."""
        self.folder = folder
        authority = self.authority = Authority(folder)
        self.broker = Broker(folder, authority)
        self.broker.start()
        agent, hub = authority.issue(AGENT), authority.issue("hub-main")
        self._enrol(agent, hub)
        self.config = folder / "config.toml"
        self.config.write_text(config.format(folder=folder))
        (folder / "bench.toml").write_text(bench.format(folder=folder))
        self._pins = Pins(folder / "bench.toml")
        self.hub = Hub(self.broker.port, folder, hub, agent)
        self.agents: list[subprocess.Popen[str]] = []

    @property
    def socket(self) -> str:
        return self._pins.socket

    def _enrol(self, agent: Signer, hub: Signer) -> None:
        """What `loquet enrol` leaves."""
        files = IdentityFiles(self.folder / "state")
        files.folder.mkdir()
        agent.save(files.key)
        write_private(files.certificate, (self.folder / f"{AGENT}.pem").read_bytes())
        write_private(files.ca, (self.folder / "ca.pem").read_bytes())
        write_private(files.credential_key, b64encode(SECRET).encode())
        enrolment = Enrolment(
            agent_id=AGENT,
            site_id=SITE,
            url="http://127.0.0.1:9",
            mqtt=MqttAddress("127.0.0.1", self.broker.port),
            hub_keys=(HubKey(kid=hub.kid, public_key=b64encode(hub.public_key_bytes)),),
        )
        write_private(files.enrolment, msgspec.json.encode(enrolment))

    def teach(self) -> None:
        """The site, its laser and its door, and one member who may use both."""
        hub = HubKey(
            kid=self.hub.signer.kid, public_key=b64encode(self.hub.signer.public_key_bytes)
        )
        site = SiteRow(
            id=SITE, name=Name(fr="La Fabrique"), time_zone="Europe/Paris", hub_keys=(hub,)
        )
        free = Requirement(subscription=False)
        laser = AccessPoint(
            id=LASER,
            kind=PointKind.MACHINE,
            commissioned=True,
            risk=Risk.DANGEROUS,
            requirement=free,
            agent=AGENT,
        )
        door = AccessPoint(
            id=DOOR,
            kind=PointKind.DOOR,
            commissioned=True,
            risk=Risk.DOOR,
            requirement=free,
            zone="hall",
        )
        self.hub.learn(
            ("site", SITE, site),
            ("point", LASER, laser),
            ("point", DOOR, door),
            ("holder", holder_key(SECRET, AMINA), Holder(member="amina")),  # type: ignore[arg-type]
        )

    def let_in(self, credential: CredentialId, holder: Holder | None) -> None:
        """A badge becomes known, or is removed."""
        self.hub.learn(("holder", holder_key(SECRET, credential), holder))

    def start_agent(self, **environment: str) -> subprocess.Popen[str]:
        """Start `loquet agent` as a process of its own, with these variables besides."""
        agent = subprocess.Popen(
            [sys.executable, "-m", "controller.cli", "agent", "--config", str(self.config)],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, agent.pid, NICE)
        self.agents.append(agent)
        threading.Thread(target=_drain, args=(agent,), daemon=True).start()
        return agent

    def start_ready_agent(self) -> subprocess.Popen[str]:
        """Start it, and wait until it tells systemd that it is ready: then its readers listen."""
        path = self.folder / f"notify-{len(self.agents)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(path))
            told.settimeout(WAIT_S)
            agent = self.start_agent(NOTIFY_SOCKET=str(path))
            while told.recv(100) != b"READY=1":
                pass
        return agent

    def in_step(self) -> None:
        """Wait until the agent says that it holds the present policy."""
        version = self.hub.version
        self.hub.wait(
            Channel.STATUS, lambda status: status.online and status.policy_version >= version
        )

    def end(self) -> None:
        """End everything that was started."""
        for agent in self.agents:
            if agent.poll() is None:
                agent.send_signal(signal.SIGTERM)
                agent.wait(timeout=WAIT_S)
        self.hub.stop()
        self.broker.kill()
        self._pins.end()


def _drain(agent: subprocess.Popen[str]) -> None:
    assert agent.stderr is not None
    for line in agent.stderr:
        print("agent:", line, end="")
    agent.stderr.close()


def now() -> Utc:
    """The time now."""
    return Utc.of(datetime.now(UTC))
