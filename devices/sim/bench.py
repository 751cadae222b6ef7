"""The simulated bench: pins, with the machines, doors, contacts and readers connected to them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from controller.domain.ids import parse_credential_id
from devices.sim.door import Door
from devices.sim.iso14443_conversation import Application
from devices.sim.levels import Levels, PinKey
from devices.sim.machine import Emit, Machine
from devices.sim.mfrc522_chip import Mfrc522Chip
from devices.sim.rf_reader import Listen, PtyReader, SpiReader
from devices.sim.serial_reader import SerialReader
from devices.sim.specs import BenchSpec, BridgeSpec, CardSpec, ContactSpec, ReaderSpec


class SimReader(Protocol):
    """What the bench can do with a reader. Times are monotonic seconds."""

    spec: ReaderSpec
    resting: str | None
    """Credential id of the card that rests on the reader; None: no card rests."""
    deadline: float | None
    """When the bench is to call `tick`; None: not needed."""

    @property
    def plugged(self) -> bool:
        """Whether the reader's cable is plugged in."""

    def plug(self) -> None:
        """Plug the cable in."""

    def unplug(self) -> None:
        """Pull the cable out."""

    def place(self, credential: str, rests: bool, at: float, iso_dep: bool | None = None) -> None:
        """Hold a card to the reader; with `rests` it stays there. Raises ValueError."""

    def lift(self) -> None:
        """Take the card away."""

    def tick(self, at: float) -> None:
        """Do what is due at this time, such as sending again or lifting the card."""

    def send(self, data: bytes) -> None:
        """Put any bytes on the reader's wire. Raises ValueError if the reader can't."""


def make_reader(
    spec: ReaderSpec, listen: Listen, cards: Mapping[str, Application] | None = None
) -> SimReader:
    """Create the reader that a spec describes.

    `cards` are the cards with keys, by credential id. Raises ValueError.
    """
    cards_by_id = {} if cards is None else cards
    if spec.model == "rc522":
        return SpiReader(spec, cards_by_id)
    if not spec.link:
        raise ValueError(f"reader {spec.name}: a {spec.model} needs a link")
    if spec.model == "pn532":
        return PtyReader(spec, listen, cards_by_id)
    return SerialReader(spec)


if TYPE_CHECKING:
    from devices.sim.bridge import SimBridge

Thing = TypeVar("Thing")


class BenchRefused(Exception):
    """Raised if an operation is impossible on the bench; one line for the caller."""


@contextmanager
def refuse_impossible() -> Iterator[None]:
    """A block in which a ValueError becomes a BenchRefused."""
    try:
        yield
    except ValueError as error:
        raise BenchRefused(str(error)) from error


def _blank(spec: CardSpec) -> Application:
    """Return a new, blank card. Raises ValueError."""
    from devices.sim.secure_card import Desfire, Ntag424  # few benches have one

    kind, _, number = parse_credential_id(spec.name).partition(":")
    if kind != "uid":
        raise ValueError(f"{spec.name} is not a card of 13 MHz: expected uid:")
    return Ntag424(bytes.fromhex(number)) if spec.kind == "ntag424" else Desfire()


class Bench:
    """Everything that is simulated. `emit` reports events; times are passed in by the caller."""

    def __init__(self, emit: Emit, listen: Listen) -> None:
        self.levels = Levels(self._edge)
        self.machines: dict[str, Machine] = {}
        self.doors: dict[str, Door] = {}
        self.contacts: dict[str, ContactSpec] = {}
        self.readers: dict[str, SimReader] = {}
        self.bridges: dict[str, SimBridge] = {}
        self.cards: dict[str, Application] = {}
        self.day = ""
        """State of the script that plays a day of the place: `plays`, `paused`; empty: none."""
        self._followers: dict[PinKey, list[Machine | Door]] = {}
        self._emit = emit
        self._listen = listen

    def set_up(self, spec: BenchSpec, at: float) -> None:
        """Add what a file or an operation names. Raises BenchRefused for a name that is taken."""
        self._check_names(spec)
        for bridge in spec.bridge:
            self._set_up_bridge(bridge, at)
        for machine in spec.machine:
            self.machines[machine.name] = sim_machine = Machine(machine, self._on_event)
            self._follow((machine.board, machine.pin), sim_machine, at)
            if machine.feedback_pin is not None:
                self.levels.drive((machine.board, machine.feedback_pin), 1.0, at)
        for door in spec.door:
            self.doors[door.name] = leaf = Door(door, self._on_event)
            self._follow((door.board, door.pin), leaf, at)
            if door.contact_pin is not None:
                self.levels.drive((door.board, door.contact_pin), 0.0, at)
        for contact in spec.contact:
            self.contacts[contact.name] = contact
            self.levels.drive((contact.board, contact.pin), float(contact.rest), at)
        for card in spec.card:
            with refuse_impossible():
                self.cards[card.name] = _blank(card)
        for reader in spec.reader:
            with refuse_impossible():
                made_reader = make_reader(reader, self._listen, self.cards)
            self.readers[reader.name] = made_reader
            made_reader.plug()

    def _set_up_bridge(self, spec: BridgeSpec, at: float) -> None:
        from devices.sim.bridge import SimBridge  # it needs a library that is optional

        self.bridges[spec.name] = bridge = SimBridge(
            spec, self.levels, self._adc_watts, self._listen
        )
        bridge.reset(at)
        bridge.plug()

    def press(self, name: str, active: bool, at: float) -> None:
        """Press a contact, or release it."""
        spec = self._find(self.contacts, name, "contact")
        level = (1 - spec.rest) if active else spec.rest
        self.levels.drive((spec.board, spec.pin), float(level), at)
        self._emit("contact", at, contact=name, active=active)

    def machine(self, name: str) -> Machine:
        """Return a machine. Raises BenchRefused if it is unknown."""
        return self._find(self.machines, name, "machine")

    def door(self, name: str) -> Door:
        """Return a door. Raises BenchRefused if it is unknown."""
        return self._find(self.doors, name, "door")

    def reader(self, name: str) -> SimReader:
        """Return a reader. Raises BenchRefused if it is unknown."""
        return self._find(self.readers, name, "reader")

    def bridge(self, name: str) -> "SimBridge":
        """Return a microcontroller. Raises BenchRefused if it is unknown."""
        return self._find(self.bridges, name, "bridge")

    def spi_chip(self, board: str, bus: int, device: int) -> Mfrc522Chip | None:
        """Return the chip on a board's SPI bus, or None."""
        for reader in self.readers.values():
            if isinstance(reader, SpiReader) and reader.is_at(board, bus, device):
                return reader.chip
        return None

    def place(
        self, name: str, credential: str, rests: bool, at: float, iso_dep: bool | None = None
    ) -> None:
        """Hold a card to a reader, for a moment or until `lift`."""
        reader = self.reader(name)
        with refuse_impossible():
            reader.place(credential, rests, at, iso_dep)
        self._emit("card", at, reader=name, credential=credential, rests=rests)

    def lift(self, name: str, at: float) -> None:
        """Remove the resting card."""
        self.reader(name).lift()
        self._emit("card", at, reader=name, credential=None, rests=False)

    def cable(self, name: str, plugged: bool, at: float) -> None:
        """Unplug a reader, or plug it in."""
        reader = self.reader(name)
        if plugged:
            reader.plug()
        else:
            reader.unplug()
        self._emit("reader", at, reader=name, plugged=plugged)

    def tick(self, at: float) -> None:
        """Advance to that time: charge pumps discharge, doors close, resting cards send again."""
        for part in self._timed_parts():
            part.tick(at)

    def deadline(self) -> float | None:
        """Return when `tick` must be called, or None."""
        due = (part.deadline for part in self._timed_parts() if part.deadline is not None)
        return min(due, default=None)

    def set_day(self, do: str) -> str:
        """Apply `play`, `pause` or `go_on`; return the new `day`.

        Pausing without a script does nothing.
        """
        if do == "play":
            self.day = self.day or "plays"
        elif self.day:
            self.day = "paused" if do == "pause" else "plays"
        return self.day

    def state(self, at: float) -> dict[str, Any]:
        """Return the state of everything."""
        return {
            "at": at,
            "pins": self.levels.all(),
            "machines": {name: machine.state(at) for name, machine in self.machines.items()},
            "doors": {name: door.state() for name, door in self.doors.items()},
            "contacts": {name: self._is_pressed(spec) for name, spec in self.contacts.items()},
            "readers": {
                name: {"plugged": reader.plugged, "resting": reader.resting, "link": link}
                for name, reader in self.readers.items()
                for link in (reader.spec.link,)
            },
            "bridges": {name: bridge.state(at) for name, bridge in self.bridges.items()},
            "day": self.day,
        }

    def close(self) -> None:
        """Remove the device paths of readers and microcontrollers."""
        for reader in self.readers.values():
            reader.unplug()
        for bridge in self.bridges.values():
            bridge.unplug()

    def _is_pressed(self, spec: ContactSpec) -> bool:
        return self.levels.level((spec.board, spec.pin)) != float(spec.rest)

    def _check_names(self, spec: BenchSpec) -> None:
        pairs: tuple[tuple[Iterable[Any], dict[str, Any]], ...] = (
            (spec.machine, self.machines),
            (spec.door, self.doors),
            (spec.contact, self.contacts),
            (spec.reader, self.readers),
            (spec.bridge, self.bridges),
            (spec.card, self.cards),
        )
        for specs, names in pairs:
            for device in specs:
                if device.name in names:
                    raise BenchRefused(f"{device.name} is on the bench already")

    def _find(self, things: dict[str, Thing], name: str, kind: str) -> Thing:
        if name not in things:
            raise BenchRefused(f"no {kind} '{name}' here; known: {', '.join(things) or 'none'}")
        return things[name]

    def _timed_parts(self) -> "Iterable[Machine | Door | SimBridge | SimReader]":
        return chain(
            self.machines.values(),
            self.doors.values(),
            self.bridges.values(),
            self.readers.values(),
        )

    def _follow(self, key: PinKey, follower: Machine | Door, at: float) -> None:
        self._followers.setdefault(key, []).append(follower)
        if (level := self.levels.level(key)) != 0.0:
            follower.edge(level, at)

    def _edge(self, key: PinKey, level: float, at: float) -> None:
        self._emit("edge", at, board=key[0], pin=key[1], level=level)
        for follower in self._followers.get(key, ()):
            follower.edge(level, at)
        if key[0] in self.bridges:
            self.bridges[key[0]].edge(key[1], level, at)

    def _adc_watts(self, machine: str) -> float | None:
        """Return the power that a current transformer on the machine measures; None: missing or
        broken."""
        sim_machine = self.machines.get(machine)
        return None if sim_machine is None else sim_machine.watts()

    def _on_event(self, kind: str, at: float, **fields: Any) -> None:
        """Handle an event of a machine or door: set its contacts first, then report it."""
        if kind == "power":
            machine = self.machines[fields["machine"]].spec
            if machine.feedback_pin is not None:
                level = 0.0 if fields["closed"] else 1.0
                self.levels.drive((machine.board, machine.feedback_pin), level, at)
        if kind == "door":
            door = self.doors[fields["door"]].spec
            if door.contact_pin is not None:
                level = 1.0 if fields["open"] else 0.0
                self.levels.drive((door.board, door.contact_pin), level, at)
        self._emit(kind, at, **fields)
