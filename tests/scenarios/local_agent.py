"""The real agent in this process and in simulated time: loop, points, judge, journal, policy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Raw

from controller.domain.facts import AccessPoint, Holder, Name, PointKind
from controller.domain.ids import AccessPointId, CredentialId
from controller.domain.time import Utc
from controller.settings import AccessPointSettings
from controller.wire.codec import raw
from controller.wire.commands import CommandArgs, command_type
from controller.wire.events import ClockStepped, Event
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import decode_event
from controller.wire.keys import holder_key
from controller.wire.messages import Command, CommandReply, EventAck, PointState
from controller.wire.rows import RowValue, SiteRow
from controller.wire.values import make_row
from devices.agent.agent_state import TimeSource, clock_marks, open_state
from devices.agent.assembly import by_device, open_points
from devices.agent.cards import CredentialKeys
from devices.agent.clock import ClockMode
from devices.agent.hardware import PointWiring
from devices.agent.journal.thread import Journal
from devices.agent.judge import Judge
from devices.agent.link.commands import COMMAND_PREFIX, Commands
from devices.agent.loop import Loop
from devices.agent.policy.site_facts import Holders, build_facts
from devices.agent.policy.store import StoredRow
from devices.agent.policy.sync import PolicyAge
from devices.agent.tools import Tools
from devices.registry import WiredDevice
from devices.wiring import (
    Cuts,
    IndicatorOptions,
    InputOptions,
    MeterOptions,
    OnAgentLoss,
    PowerOptions,
    ReaderOptions,
    SharedResources,
    StrikeOptions,
)
from tests.scenarios import hardware as parts
from tests.scenarios.hardware import BOARD, Hardware
from tests.scenarios.script import Scenario
from tests.support.translation import WORDS

SECRET = b"s" * 32
SITE = "site"
START = Utc.parse("2026-03-02T12:00:00.000Z")
"""A Monday; one o'clock in the afternoon in Paris."""


@dataclass
class Hands:
    """The hands of the scenario's clock."""

    mono_s: float = 1000.0
    boot: str = field(default_factory=uuid7)
    synchronised: bool = True
    off_s: float = 0.0
    """How far the time of day is off."""

    @property
    def wall(self) -> float:
        return START.timestamp() + self.mono_s - 1000.0 + self.off_s


@dataclass
class HubSide:
    """What the hub has of the agent's journal, whatever becomes of the agent and its card."""

    events: dict[str, Event] = field(default_factory=dict)
    """By id: what is offered again counts once."""
    streams: dict[str, dict[int, bytes]] = field(default_factory=dict)
    forked: set[str] = field(default_factory=set)

    def take(self, stream: str, events: tuple[Raw, ...], at: Utc) -> EventAck:
        """Keep a batch, and acknowledge it. Other bytes under a number: the stream has forked."""
        kept = self.streams.setdefault(stream, {})
        for data in map(bytes, events):
            sealed = decode_event(data)
            if kept.setdefault(sealed.seq, data) == data:
                self.events.setdefault(sealed.event.event_id, sealed.event)
            else:
                self.forked.add(stream)
        return EventAck(at=at, stream=stream, through=max(kept), fork=stream in self.forked)


class LocalAgent:
    """One run of the agent, from its start until it is killed or stopped."""

    def __init__(
        self, folder: Path, scenario: Scenario, hands: Hands, hardware: Hardware, hub: HubSide
    ) -> None:
        self.scenario, self.hardware, self.hands, self.hub = scenario, hardware, hands, hub
        source = TimeSource(
            lambda: hands.mono_s, lambda: hands.wall, lambda: hands.synchronised, lambda: hands.boot
        )
        self.state = state = open_state(folder, ClockMode.AUTO, source)
        state.random = Random(1)
        self._on_disk = state.ledger.current.file._db
        self.states: dict[AccessPointId, PointState] = {}
        self.replies: list[CommandReply] = []
        self.loop = Loop(state.clock, state.heartbeat.beat)
        self.journal = Journal(
            state.ledger, state.state_store, self._offered, mono=state.clock.mono
        )
        self.age = PolicyAge(state.policy, state.clock)
        self.holders = Holders(state.policy_file)
        self.judge = Judge(
            CredentialKeys(SECRET), self.holders, self._facts(), self.age, state.clock
        )
        self.wirings = [self._wiring(id) for id in scenario.points]
        tools = Tools(
            clock=state.clock,
            recorder=state.recorder,
            journal=self.journal,
            judge=self.judge,
            words=WORDS,
            publish=self.states.__setitem__,
            recheck=lambda: self.loop.put(self._recheck),
            keep_alive=self.loop.keep_alive,
            last_seen=state.heartbeat.before,
        )
        self.points = open_points(
            BOARD, "none", self.wirings, state, tools, self.loop, SharedResources()
        )
        self.loop.set_points(self.points, by_device(self.wirings, self.points))
        self.loop.every(5.0, self._check_clock)
        self.commands = Commands(
            self.points,
            state.state_store.read(COMMAND_PREFIX),
            clock=state.clock,
            recorder=state.recorder,
            journal=self.journal,
            reply=self.replies.append,
            renew_certificate=lambda: None,
            keep_alive=self.loop.keep_alive,
        )
        self.journal.start()
        self.journal.on_connection(True)
        for point in self.points.values():
            point.settle()

    def learn(self, *facts: tuple[str, RowValue]) -> None:
        """The policy moves, and its newest head vouches for the copy."""
        version = self.state.policy.position.version + 1
        rows = []
        for key, value in facts:
            row = make_row(key, version, value)
            rows.append(StoredRow(row.table, key, version, bytes(row.value)))
        self.state.policy.apply(rows, 1, version)
        self.age.head_matched(self.state.clock.now())
        self.judge.new_facts(self._facts())
        self._recheck()

    def learn_all(self) -> None:
        """Everything that the file says of the place."""
        scenario = self.scenario
        site = SiteRow(
            id=SITE,
            name=Name(fr="La Fabrique"),
            time_zone="Europe/Paris",
            hub_keys=(),
            opening=scenario.opening,
        )
        facts: list[tuple[str, RowValue]] = [(SITE, site)]
        facts += scenario.schedules.items()
        facts += scenario.zones.items()
        facts += ((str(point.id), point) for point in scenario.points.values())
        facts += ((self.key(who), holder) for who, holder in scenario.people.items())
        self.learn(*facts)

    def key(self, who: str) -> str:
        """The key of a person's badge in the policy."""
        return holder_key(SECRET, CredentialId(self.scenario.credential(who)))

    def fact(self, name: str, value: AccessPoint | Holder) -> tuple[str, RowValue]:
        """A fact of the file with its key."""
        return (self.key(name), value) if isinstance(value, Holder) else (name, value)

    def command(self, args: CommandArgs, point: str) -> None:
        """The hub asks."""
        at = self.state.clock.now()
        command = Command(
            at=at,
            command_id=uuid7(),
            boot_id=self.hands.boot,
            access_point=AccessPointId(point),
            type=command_type(args),
            expires_at=Utc.of(at + timedelta(seconds=10)),
            args=raw(args),
        )
        self.loop.put(lambda: self.commands.take(command))

    def sync(self) -> None:
        """Return once what was handed over is on disk, offered, acknowledged, and what the answer
        asks for is offered too: a round of the journal's thread for each, and one to be sure."""
        for _ in range(5):
            self.journal.write()

    def disk_takes(self, writes: bool) -> None:
        """Whether the disk takes anything more."""
        self.sync()
        for db in (self._on_disk, self.state.state_store._db):
            db.execute(f"PRAGMA query_only = {not writes}")

    def stop(self) -> None:
        """As `loquet agent` at SIGTERM."""
        for point in self.points.values():
            point.stop()
        self.end()

    def end(self) -> None:
        """As kill -9: nothing more is said, and what was handed over is on the disk."""
        self.hardware.listeners.clear()
        self.journal.stop()
        self.holders.close()
        self.state.policy.close()
        self.state.heartbeat.close()
        self.state.lock.close()

    def _facts(self) -> Any:
        return build_facts(self.state.policy, SITE, self.scenario.points)

    def _recheck(self) -> None:
        for point in self.points.values():
            point.new_facts()

    def _check_clock(self) -> None:
        clock, recorder = self.state.clock, self.state.recorder
        if step_s := clock.check():
            self.journal.append(recorder.event(ClockStepped, None, step_ms=round(step_s * 1000)))
        if kept := clock_marks(clock, recorder.boot):
            self.journal.append(saved=kept)

    def _offered(self, stream: str, events: tuple[Raw, ...]) -> None:
        self.journal.acknowledged(self.hub.take(stream, events, self.state.clock.now()))

    def _wiring(self, id: AccessPointId) -> PointWiring:
        facts, wiring = self.scenario.points[id], self.scenario.wiring[id]
        machine = facts.kind is PointKind.MACHINE
        hold = OnAgentLoss.HOLD if wiring.hold else OnAgentLoss.OFF

        def wired(make: Callable[..., Any], options: Any) -> WiredDevice[Any, Any]:
            driver: Any = parts.Driver(self.hardware, make)
            driver.capabilities = parts.capabilities(self.hardware.relays[id])
            return WiredDevice("scenario", make.__name__, options, driver)

        inputs = {
            name: wired(
                parts.Input,
                InputOptions(cuts=Cuts.ALL if name in wiring.cuts_all else Cuts.DANGEROUS),
            )
            for name in self.scenario.inputs(id)
        }
        power, strike = PowerOptions(on_agent_loss=hold), StrikeOptions(fail=wiring.fail)  # type: ignore[arg-type]
        return PointWiring(
            id=id,
            kind=facts.kind,
            settings=AccessPointSettings(id=id, kind=facts.kind.value),
            reader=wired(parts.Device, ReaderOptions()),
            power=wired(parts.Switch, power) if machine else None,
            cooling=wired(parts.Switch, PowerOptions()) if wiring.cooling else None,
            strike=None if machine else wired(parts.Strike, strike),
            meter=wired(parts.Meter, MeterOptions()) if wiring.meter else None,
            indicator=wired(parts.Indicator, IndicatorOptions()),
            inputs=inputs,
        )
