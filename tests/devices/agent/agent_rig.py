"""Hardware in memory behind real access points: real policy, journal, clock and rules."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from controller.domain.facts import (
    AccessPoint,
    Assurance,
    HeldCertification,
    Holder,
    PointKind,
    Requirement,
    Risk,
)
from controller.domain.ids import AccessPointId, CredentialId, MemberRef
from controller.settings import AccessPointSettings
from controller.wire.events import Event
from controller.wire.journal_bytes import decode_event
from controller.wire.keys import holder_key
from controller.wire.messages import PointState
from controller.wire.rows import RowValue, SiteRow
from controller.wire.values import make_row
from devices.agent.cards import CredentialKeys
from devices.agent.hardware import PointDevices, PointWiring
from devices.agent.heartbeat import LastSeen
from devices.agent.journal.ledger import Ledger, Recorder
from devices.agent.journal.thread import Journal
from devices.agent.judge import Judge
from devices.agent.points.door_memory import load as load_door
from devices.agent.points.door_point import DoorPoint
from devices.agent.points.machine_memory import load as load_machine
from devices.agent.points.machine_memory import may_take_up
from devices.agent.points.machine_point import MachinePoint
from devices.agent.policy.site_facts import Holders, build_facts
from devices.agent.policy.store import PolicyStore, StoredRow
from devices.agent.policy.sync import PolicyAge
from devices.agent.state_store import StateStore
from devices.agent.tools import Tools
from devices.ports import (
    CredentialRead,
    DeviceError,
    FailMode,
    Flash,
    InputChanged,
    Look,
    Message,
    MeterReading,
    MeterSampled,
    SwitchCapabilities,
    SwitchState,
)
from devices.registry import WiredDevice
from devices.wiring import (
    IndicatorOptions,
    InputOptions,
    MeterOptions,
    OnAgentLoss,
    PowerOptions,
    ReaderOptions,
    StrikeOptions,
)
from tests.devices.agent.agent_time import Hands, Time
from tests.support.translation import WORDS

SECRET = b"s" * 32
AMINA, ZOE, GUEST, TRAINER = (CredentialId(f"uid:0000000{n}") for n in (1, 2, 3, 4))
LASER, DOOR = AccessPointId("laser"), AccessPointId("door")


@dataclass
class Switch:
    """A power switch; `log` is what it was told, with what was on disk by then."""

    limit_s: float | None = 0.4
    latching: bool = False
    log: list[str] = field(default_factory=list)
    broken: bool = False
    is_on: bool = False
    is_read: bool = True
    renewed: int = 0
    mark: str | None = None
    before_on: Callable[[], None] = lambda: None

    @property
    def capabilities(self) -> SwitchCapabilities:
        renew = None if self.limit_s is None else self.limit_s / 4
        return SwitchCapabilities(self.limit_s, self.latching, renew)

    @property
    def boot(self) -> str | None:
        return self.mark

    def on(self) -> None:
        self.before_on()
        self._set(True)

    def off(self) -> None:
        self._set(False)

    def powered(self) -> bool:
        """Whether the machine has power."""
        return self.is_on

    def _set(self, on: bool) -> None:
        self.log.append("on" if on else "off")
        if self.broken:
            raise DeviceError("laser/power: no answer")
        self.is_on = on

    def state(self) -> SwitchState:
        if not self.is_read:
            return SwitchState.UNKNOWN
        return SwitchState.ON if self.is_on else SwitchState.OFF

    def keep_alive(self) -> None:
        self.renewed += 1

    def close(self) -> None:
        self.is_on = False
        self.log.append("closed")


@dataclass
class StrikeCoil:
    """A strike; `log` has each release with its time, and each locking."""

    log: list[float | str | None] = field(default_factory=list)
    broken: bool = False

    @property
    def fail_mode(self) -> FailMode:
        return FailMode.FAIL_SECURE

    def release(self, for_s: float | None = None) -> None:
        self._told(None if for_s is None else round(for_s, 3))

    def lock(self) -> None:
        self._told("locked")

    def _told(self, what: float | str | None) -> None:
        self.log.append(what)
        if self.broken:
            raise DeviceError("door/strike: no answer")

    def last(self) -> float | str | None:
        """What it was told last."""
        return self.log[-1]

    def released(self) -> bool:
        return bool(self.log) and self.log[-1] != "locked"

    def close(self) -> None:
        self.log.append("closed")


@dataclass
class Contact:
    """An input."""

    is_active: bool | None = False

    def active(self) -> bool | None:
        return self.is_active

    def close(self) -> None:
        self.is_active = None


@dataclass
class Lamp:
    """An indicator that remembers."""

    looks: list[Look] = field(default_factory=list)
    flashes: list[tuple[Flash, Message | None]] = field(default_factory=list)
    burnt_out: bool = False
    """Its driver raises what no driver should."""

    def show(self, look: Look, message: Message | None = None) -> None:
        self.looks.append(look)

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        if self.burnt_out:
            raise OSError("the bus is gone")
        self.flashes.append((flash, message))

    def looked(self) -> Look:
        """The last look."""
        return self.looks[-1]

    def flashed(self) -> Flash:
        """The last flash."""
        return self.flashes[-1][0]

    def close(self) -> None:
        self.looks.append(Look.STARTING)


@dataclass
class Gauge:
    """A meter, whose samples the test hands in."""

    def reading(self) -> MeterReading:
        return MeterReading()

    def close(self) -> None:
        return


class Made:
    """What an entry point would name: says what the switch can do."""

    def __init__(self, limit_s: float | None, latching: bool) -> None:
        self._can = SwitchCapabilities(limit_s, latching, None)

    def capabilities_of(self, options: PowerOptions) -> SwitchCapabilities:
        return self._can


def wired(options: Any, make: Any = None) -> WiredDevice[Any, Any]:
    return WiredDevice("test", "memory", options, make)


class Rig:
    """An agent's inside without threads but the journal's."""

    def __init__(
        self, folder: Path, hands: Hands, boot: str, last_seen: LastSeen | None = None
    ) -> None:
        self.hands, self.folder = hands, folder
        self.clock = Time(hands).clock()
        self.recorder = Recorder(boot, self.clock)
        self.store = PolicyStore.open(folder / "policy.db")
        self.ledger = Ledger(folder / "journal.db", self.recorder, Random(1))
        self.state_store = StateStore.open(folder / "state.db", "mark")
        self.kept = self.state_store.read("point/")
        self.journal = Journal(
            self.ledger, self.state_store, lambda _stream, _events: None, mono=self.clock.mono
        )
        self.age = PolicyAge(self.store, self.clock)
        self.age.head_matched(self.clock.now())
        self.holders = Holders(folder / "policy.db")
        self.judge = Judge(
            CredentialKeys(SECRET), self.holders, self._facts(), self.age, self.clock
        )
        self.states: list[PointState] = []
        self.rechecks = 0
        self.points: list[MachinePoint | DoorPoint] = []
        self.tools = Tools(
            clock=self.clock,
            recorder=self.recorder,
            journal=self.journal,
            judge=self.judge,
            words=WORDS,
            publish=lambda _id, state: self.states.append(state),
            recheck=self._count_recheck,
            keep_alive=lambda: None,
            last_seen=last_seen,
        )
        self.journal.start()

    def _count_recheck(self) -> None:
        self.rechecks += 1

    def _facts(self) -> Any:
        return build_facts(self.store, "site", (LASER, DOOR))

    def learn(self, *facts: tuple[str, RowValue | None]) -> None:
        """The policy moves: these rows change (None: removed), and every point is told."""
        version = self.store.position.version + 1
        rows = [
            StoredRow("holder", key, version, None)
            if value is None
            else StoredRow(*_stored(key, version, value))
            for key, value in facts
        ]
        self.store.apply(rows, 1, version)
        self.age.head_matched(self.clock.now())
        self.judge.new_facts(self._facts())
        for point in self.points:
            point.new_facts()

    def person(self, credential: CredentialId, holder: Holder | None) -> None:
        """A badge and whose it is."""
        self.learn((holder_key(SECRET, credential), holder))

    def machine(
        self,
        facts: AccessPoint | None = None,
        *,
        switch: Switch | None = None,
        cooling: Switch | None = None,
        inputs: dict[str, Contact] | None = None,
        metered: bool = False,
        hold: bool = False,
        lamp: Lamp | None = None,
    ) -> MachinePoint:
        """A machine with that hardware."""
        if facts is not None:
            self.learn((facts.id, facts))
        switch = switch or Switch()
        options = PowerOptions(on_agent_loss=OnAgentLoss.HOLD if hold else OnAgentLoss.OFF)
        inputs = inputs or {}
        wiring = PointWiring(
            id=LASER,
            kind=PointKind.MACHINE,
            settings=AccessPointSettings(id="laser", kind="machine"),
            reader=wired(ReaderOptions()),
            power=wired(options, Made(switch.limit_s, switch.latching)),
            cooling=None if cooling is None else wired(PowerOptions()),
            strike=None,
            meter=wired(MeterOptions()) if metered else None,
            indicator=wired(IndicatorOptions()),
            inputs={name: wired(InputOptions()) for name in inputs},
        )
        devices = PointDevices(
            power=switch,
            cooling=cooling,
            meter=Gauge() if metered else None,
            indicator=lamp or Lamp(),
            inputs=dict(inputs),
        )
        kept = load_machine(self.kept.get("point/laser"))
        taken_up = hold and may_take_up(kept, self.recorder.boot)
        point = MachinePoint(wiring, devices, self.tools, saved=kept, taken_up=taken_up)
        point.settle()
        self.points.append(point)
        return point

    def door(
        self,
        facts: AccessPoint | None = None,
        *,
        strike: StrikeCoil | None = None,
        inputs: dict[str, Contact] | None = None,
        lamp: Lamp | None = None,
    ) -> DoorPoint:
        """A door with that hardware."""
        if facts is not None:
            self.learn((facts.id, facts))
        inputs = inputs or {}
        wiring = PointWiring(
            id=DOOR,
            kind=PointKind.DOOR,
            settings=AccessPointSettings(id="door", kind="door"),
            reader=wired(ReaderOptions()),
            power=None,
            cooling=None,
            strike=wired(StrikeOptions(fail=FailMode.FAIL_SECURE)),
            meter=None,
            indicator=wired(IndicatorOptions()),
            inputs={name: wired(InputOptions()) for name in inputs},
        )
        devices = PointDevices(
            strike=strike or StrikeCoil(), indicator=lamp or Lamp(), inputs=dict(inputs)
        )
        point = DoorPoint(
            wiring,
            devices,
            self.tools,
            saved=load_door(self.kept.get("point/door"), has_fire_input="fire" in inputs),
        )
        point.settle()
        self.points.append(point)
        return point

    def tap(self, point: MachinePoint | DoorPoint, credential: CredentialId) -> None:
        """A badge at the point's reader."""
        point.device(
            CredentialRead(f"{point.id}/reader", credential, Assurance.UID, self.clock.mono())
        )

    def press(self, point: MachinePoint | DoorPoint, name: str, active: bool | None) -> None:
        """An input changes."""
        point.device(InputChanged(f"{point.id}/inputs.{name}", active, self.clock.mono()))

    def meter(self, point: MachinePoint, watts: float | None) -> None:
        """The meter says so many watts."""
        reading = MeterReading(watts=watts)
        point.device(MeterSampled(f"{point.id}/meter", reading, self.clock.mono()))

    def pass_(self, seconds: float) -> None:
        """Time passes, and timers run when they are due."""
        end = self.hands.mono_s + seconds
        while True:
            dues = [due for point in self.points if (due := point.deadline()) is not None]
            first = min([*dues, end])
            self.hands.pass_(max(0.0, min(first, end) - self.hands.mono_s))
            for point in self.points:
                point.tick(self.hands.mono_s)
            if first >= end:
                return

    def events(self, kind: type[Event] | None = None) -> list[Any]:
        """What is in the journal by now, in order."""
        for point in self.points:
            point.settle()
        self.journal.write()
        found = [decode_event(data).event for _, data in self.ledger.current.file.after(0, 10_000)]
        return [event for event in found if kind is None or isinstance(event, kind)]

    def stop(self) -> None:
        """As after kill -9: nothing is said, but what was handed over is on disk."""
        self.journal.stop()
        self.holders.close()
        self.store.close()


def _stored(key: str, version: int, value: RowValue) -> tuple[str, str, int, bytes]:
    row = make_row(key, version, value)
    return row.table, key, version, bytes(row.value)


def member(name: str, *certifications: str, **more: Any) -> Holder:
    """A member in good standing with these certifications."""
    return Holder(
        member=MemberRef(name),
        plan="day",
        certifications=tuple(HeldCertification(certification=one) for one in certifications),
        **more,
    )


def machine_facts(**more: Any) -> AccessPoint:
    """A laser that asks for its certification."""
    facts = AccessPoint(
        id=LASER,
        kind=PointKind.MACHINE,
        commissioned=True,
        zone="workshop",
        risk=Risk.LOW,
        requirement=Requirement(certifications=(("laser",),), subscription=False),
    )
    return replace(facts, **more)


def door_facts(**more: Any) -> AccessPoint:
    """A door that asks for a badge."""
    facts = AccessPoint(
        id=DOOR,
        kind=PointKind.DOOR,
        commissioned=True,
        zone="hall",
        from_zone="street",
        risk=Risk.DOOR,
        requirement=Requirement(subscription=False),
    )
    return replace(facts, **more)


def site_row() -> SiteRow:
    """The site, always open."""
    from controller.domain.facts import Name

    return SiteRow(id="site", name=Name(fr="La Fabrique"), time_zone="Europe/Paris", hub_keys=())
