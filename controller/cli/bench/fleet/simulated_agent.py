"""An agent without hardware: with the real link, codec, policy, decisions and journal only.

A few hundred run in one process.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random
from typing import Any

from controller.cli.bench.fleet.loop import Loop
from controller.cli.bench.fleet.rows import SharedPolicy, SharedRows
from controller.cli.bench.fleet.thin_link import ThinLink
from controller.domain.access.decision import Decision
from controller.domain.facts import Assurance, PointKind
from controller.domain.ids import AccessPointId, CredentialId
from controller.settings import AccessPointSettings
from controller.wire.codec import DecodedValue, decode
from controller.wire.commands import CommandResult
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    AgentStarted,
    Event,
    SessionEnded,
    SessionStarted,
    SessionState,
)
from controller.wire.ids import uuid7
from controller.wire.messages import (
    Command,
    CommandReply,
    EventAck,
    Message,
    PointState,
    PolicyDelta,
    PolicyHead,
    PolicyPage,
    State,
)
from devices.agent.clock import Clock, ClockMode
from devices.agent.enrolment.identity import Identity
from devices.agent.journal.ledger import Ledger, Recorder
from devices.agent.journal.retention import JournalRetention
from devices.agent.judge import Judge, PointCondition, Tap
from devices.agent.link.inbox import Inbox
from devices.agent.link.outbound import Publisher
from devices.agent.link.telemetry import measure
from devices.agent.policy.hub_keys import HubKeys
from devices.agent.policy.site_facts import FACT_TABLES, build_facts
from devices.agent.policy.sync import PolicyAge, PolicyChange, PolicySync

TELEMETRY_S = 30.0
"""Seconds between two telemetry messages."""
STATUS_S = 0.5
"""Seconds between two checks for a changed status."""
JOURNAL_RETENTION = JournalRetention(events=2_000)
"""How many acknowledged events are kept.

A thousand journals are in memory, but a restored hub asks for old events.
"""
_CONNECTIONS_PER_START = 1 << 20
_TO_ALL = (PolicyHead, PolicyDelta)
_READ_AT_ONCE = 32
"""How many decoded deltas and heads are cached: at most 6 MB, plus the decoded objects."""


@lru_cache(maxsize=_READ_AT_ONCE)
def _read(payload: bytes, kind: type[Message]) -> DecodedValue[Message]:
    return decode(payload, kind)


def read_once(payload: bytes, kind: type[Message]) -> DecodedValue[Message]:
    """Decode a message whose signature was verified.

    Messages that are sent to all agents are identical, so each is decoded once per process: real
    boards would each do it on their own processor.
    """
    return _read(payload, kind) if kind in _TO_ALL else decode(payload, kind)


class SimulatedAgent:
    """One agent of a fleet. All its methods run on the loop's thread."""

    def __init__(
        self,
        identity: Identity,
        point: str,
        shared: SharedRows,
        loop: Loop,
        *,
        started: int,
        moved: Callable[["SimulatedAgent"], None],
    ) -> None:
        """`started`: number of earlier starts.

        `moved` is called after each policy message that was applied.
        """
        self.identity, self.point, self._moved = identity, AccessPointId(point), moved
        enrolment, random = identity.enrolment, Random()  # noqa: S311  jitter, no secret
        self.id = enrolment.agent_id
        self.clock = Clock(ClockMode.TRUSTED, None)
        self.recorder = Recorder(str(uuid.uuid4()), self.clock)
        self.policy = SharedPolicy(shared)
        self.ledger = Ledger(
            identity.files.folder / "journal.db", self.recorder, random, retention=JOURNAL_RETENTION
        )
        self.outbound = Publisher(
            enrolment.site_id, self.id, self.recorder, started * _CONNECTIONS_PER_START
        )
        self.keys = HubKeys(enrolment.hub_keys)
        self._age = PolicyAge(self.policy, self.clock)
        self._later: list[Event] = []
        """Events still to be journalled; a real agent has a thread for this."""
        self._sync = self._make_sync(random)
        facts = self._facts()
        self.judge = Judge(identity.keys, self.policy, facts, self._age, self.clock)
        self.link = self._make_link(loop)
        self._reported: tuple[object, ...] = ()
        self._status_at = self._telemetry_at = 0.0
        self._jitter_s = random.uniform(0, TELEMETRY_S)
        self._is_over = False
        self._head: PolicyHead | None = None
        self.in_step_at: float | None = None
        """Since when (monotonic) its copy has equalled the newest head of this connection.

        None: it does not.
        """
        self.record(self.recorder.event(AgentStarted, None, version="fleet", reason="boot"))

    @property
    def journalled(self) -> int:
        """Number of events that it has journalled in its current stream."""
        return self.ledger.current.file.last_seq

    @property
    def backlog(self) -> int:
        """Number of events that are not acknowledged yet."""
        return self.ledger.backlog + len(self._later)

    def start(self) -> None:
        """Connect, and reconnect after each disconnection."""
        self.link.start()

    def stop(self, *, kill: bool = False) -> None:
        """Disconnect; `link.is_over` becomes true when that is done.

        `kill`: like a board that loses power, without disconnecting properly.
        """
        self._is_over = True
        if kill:
            self.link.kill()
        else:
            self.outbound.status(online=False)
            self.link.stop()
        self.ledger.close()

    def cut(self) -> None:
        """Lose this connection, and make a new one."""
        self.link.reconnect()

    def tick(self, now: float) -> None:
        """Do what is due at the time `now`."""
        if self._is_over:
            return
        due = self._sync.due()
        if due is not None and due <= now:
            self._sync.tick(now)
        if self._later:
            events, self._later[:] = list(self._later), []
            self.record(*events)
        if not self.link.connected:
            return
        due = self.ledger.next_due()
        if due is not None and due <= now:
            self.ledger.send(self.outbound.events, now)
        if now - self._status_at >= STATUS_S:
            self._status_if_changed(now)
        if now - self._telemetry_at >= TELEMETRY_S:
            self._telemetry(now)

    def record(self, *events: Event) -> None:
        """Journal the events, and send them at once if connected."""
        self.ledger.append(events)
        if self.link.connected:
            self.ledger.send(self.outbound.events, time.monotonic())

    def tap(self, credential: CredentialId) -> tuple[Tap, Decision]:
        """Decide about a badge at its machine, with the code of a real agent."""
        point = self.judge.point(self.point, PointKind.MACHINE)
        tap = self.judge.tap(credential, Assurance.UID, point, PointCondition())
        return tap, self.judge.decide(tap)

    def visit(self, credential: CredentialId) -> bool:
        """Simulate a short use of the machine with this badge; returns whether it was granted."""
        tap, decision = self.tap(credential)
        self.record(*self._visit(tap, decision))
        return decision.granted

    def _visit(self, tap: Tap, decision: Decision) -> Iterator[Event]:
        who: dict[str, Any] = {
            "credential": tap.key,
            "member": None if tap.holder is None else tap.holder.member,
        }
        event, point, version = self.recorder.event, self.point, self.policy.position.version
        if not decision.granted:
            yield event(AccessDenied, point, policy_version=version, reason=decision.reason, **who)
            return
        session = uuid7()
        yield event(AccessGranted, point, policy_version=version, **who)
        yield event(SessionStarted, point, session_id=session, **who)
        yield event(SessionState, point, session_id=session, state="running")
        yield event(
            SessionEnded,
            point,
            session_id=session,
            member=who["member"],
            active_s=1.0,
            idle_s=1.0,
            powered_s=2.0,
            cause="badge_out",
        )

    def _make_sync(self, random: Random) -> PolicySync:
        return PolicySync(
            self.policy,
            self._age,
            self.recorder,
            random,
            request=self.outbound.sync,
            report=self._later.append,
            applied=self._on_policy_applied,
        )

    def _make_link(self, loop: Loop) -> ThinLink:
        enrolment, files = self.identity.enrolment, self.identity.files
        link = ThinLink(
            loop,
            host=enrolment.mqtt.host,
            port=enrolment.mqtt.port,
            ca=files.ca,
            cert=files.certificate,
            key=files.key,
            client_id=self.id,
            signer=self.identity.signer,
            will=self.outbound.will,
        )
        inbox = Inbox(
            enrolment.site_id,
            self.id,
            self.keys,
            self.recorder,
            policy=self._policy_came,
            ack=self._ack_came,
            command=self._on_command,
            report=self._later.append,
            hub_seen=self._on_hub_message,
            read=read_once,
        )
        self.outbound.use(link)
        self.outbound.stream = lambda: self.ledger.current.id
        self.outbound.position = lambda: (self.policy.position.epoch, self.policy.position.version)
        link.on_message(inbox.take)
        link.on_connection(self._connection)
        link.on_undelivered(lambda message: self._on_undelivered(message.topic))
        for topic in self.outbound.reads():
            link.subscribe(topic)
        return link

    # Callbacks of the link.

    def _connection(self, up: bool) -> None:
        now = time.monotonic()
        self._sync.on_connection(up, now)
        self._head = self.in_step_at = None
        if not up:
            return
        self._reported, self._telemetry_at = (), now - self._jitter_s
        self._status_if_changed(now)
        self.outbound.wiring([AccessPointSettings(id=self.point, kind="machine")])
        state = PointState(state=State.OFF, since=self.clock.now(), available=True)
        self.outbound.point(self.point, state)
        self.ledger.hurry(now)
        self.ledger.send(self.outbound.events, now)

    def _policy_came(self, message: PolicyHead | PolicyDelta | PolicyPage) -> None:
        now = time.monotonic()
        match message:
            case PolicyHead():
                self._sync.head(message, now)
                self._head = message
            case PolicyDelta():
                self._sync.delta(message, now)
            case PolicyPage():
                self._sync.page(message, now)
        if not self._is_in_step():
            self.in_step_at = None
        elif self.in_step_at is None:
            self.in_step_at = time.monotonic()
        self._moved(self)

    def _ack_came(self, ack: EventAck) -> None:
        self.ledger.acknowledge(ack)
        self.ledger.send(self.outbound.events, time.monotonic())

    def _on_hub_message(self) -> None:
        now = time.monotonic()
        self.ledger.hub_seen(now)
        self._sync.hub_seen(now)

    def _on_undelivered(self, topic: str) -> None:
        if self.outbound.is_events(topic):
            self.ledger.no_subscriber()
        elif self.outbound.is_sync(topic):
            self._sync.no_subscriber()

    def _on_command(self, command: Command) -> None:
        """Refuse every command: there is no hardware."""
        self.outbound.reply(
            CommandReply(
                command_id=command.command_id, result=CommandResult.REFUSED, reason="not_here"
            )
        )

    def _is_in_step(self) -> bool:
        head, position = self._head, self.policy.position
        if head is None:
            return False
        return (head.epoch, head.version, head.digest) == (
            position.epoch,
            position.version,
            position.digest,
        )

    def _on_policy_applied(self, applied: PolicyChange) -> None:
        if applied.tables & FACT_TABLES:
            self.judge.new_facts(self._facts())

    def _facts(self) -> Any:
        facts = build_facts(self.policy, self.identity.enrolment.site_id, [self.point])
        self.keys.trust_listed(facts.hub_keys)
        return facts

    def _status_if_changed(self, now: float) -> None:
        self._status_at = now
        current = (self.policy.position, self.ledger.current.id)
        if current != self._reported and self.link.connected:
            self._reported = current
            self.outbound.status()

    def _telemetry(self, now: float) -> None:
        self._telemetry_at = now
        self.outbound.telemetry(
            measure(
                self.recorder,
                backlog=self.backlog,
                policy_age_s=self._age.age_s(),
                loop_lag_s=0.0,
                state_dir=self.identity.files.folder,
                devices=(),
            )
        )
