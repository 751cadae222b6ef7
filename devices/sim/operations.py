"""The control protocol of the simulated bench: one JSON object a line, on a Unix socket.

A request names its operation in `op`; every other field is that operation's. With an `id`, any
JSON value, the answer carries it. An answer is `{"ok": true, ...}` or `{"ok": false, "error": "one
line"}`. `write`, `configure`, `attach` and `spi` are answered only when they carry an `id`. After
`spi` the connection carries SPI transfers: a length byte and as many bytes, both ways.

After `watch`, events come as lines too: `{"event": KIND, "at": SECONDS, ...}`, `at` being the
machine's monotonic clock (CLOCK_MONOTONIC), comparable between processes:

    edge     board, pin, level          a pin changed (0, 1; between: PWM); many, while one pulses
    pump     machine, high              a charge pump's output
    power    machine, closed            a contactor
    meter    machine, watts             at every change and every second; none from a silent meter
    door     door, released, open
    contact  contact, active            a button, E-stop or interlock was pressed or let go
    card     reader, credential, rests  a card was held to a reader; credential null: taken away
    reader   reader, plugged

A board that has said `attach` is told `{"event": "drive", "board", "pin", "level", "at"}` for every
change of one of its inputs.
"""

from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

from devices.sim.bench import Bench, BenchRefused
from devices.sim.door import DoorAction
from devices.sim.levels import Mode, Pull
from devices.sim.machine import MeterMode
from devices.sim.mfrc522_chip import Mfrc522Chip
from devices.sim.specs import (
    BenchSpec,
    Board,
    BridgeSpec,
    CardSpec,
    ContactSpec,
    DoorSpec,
    MachineSpec,
    Name,
    Pin,
    ReaderSpec,
)
from firmware_bridge.codes import Boot

EventKind = Literal["edge", "pump", "power", "meter", "door", "contact", "card", "reader"]
"""Kinds of events."""
ALL_KINDS: tuple[EventKind, ...] = (
    "edge",
    "pump",
    "power",
    "meter",
    "door",
    "contact",
    "card",
    "reader",
)
Level = Annotated[float, Meta(ge=0, le=1)]
"""A pin's level."""
Answer = dict[str, Any]


class Peer(Protocol):
    """The connection from which an operation came."""

    def watch(self, kinds: frozenset[str]) -> None:
        """Send events of these kinds from now on."""

    def attach(self, board: str) -> None:
        """Treat the connection as that board's: send it changes of its inputs."""

    def clock(self, chip: Mfrc522Chip | None) -> None:
        """Treat the connection as that chip's SPI bus; None: there is no chip."""


class Request(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag=str.lower
):
    """Fields of all operations."""

    id: int | str | None = None

    @property
    def quiet(self) -> bool:
        """Whether it is only answered if it has an id."""
        return False


class Quiet(Request, frozen=True, kw_only=True, tag=str.lower):
    """An operation that boards send all the time."""

    @property
    def quiet(self) -> bool:
        """See Request."""
        return True


class Attach(Quiet, frozen=True, kw_only=True, tag=str.lower):
    board: Board

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Treat this connection as the board's: send it changes of its inputs."""
        peer.attach(self.board)
        return {}


class Spi(Quiet, frozen=True, kw_only=True, tag=str.lower):
    board: Board
    bus: Annotated[int, Meta(ge=0, le=6)]
    device: Annotated[int, Meta(ge=0, le=2)]

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Treat this connection as that chip select; it only carries transfers from now on."""
        peer.clock(bench.spi_chip(self.board, self.bus, self.device))
        return {}


class Write(Quiet, frozen=True, kw_only=True, tag=str.lower):
    board: Board
    pin: Pin
    level: Level

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Set an output."""
        bench.levels.write((self.board, self.pin), self.level, at)
        return {}


class Configure(Quiet, frozen=True, kw_only=True, tag=str.lower):
    board: Board
    pin: Pin
    mode: Mode
    pull: Pull = "floating"
    level: Level = 0.0

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Make a pin an input or an output."""
        bench.levels.configure((self.board, self.pin), self.mode, self.pull, self.level, at)
        return {}


class Read(Request, frozen=True, kw_only=True, tag=str.lower):
    board: Board
    pin: Pin

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Return `level`."""
        return {"level": bench.levels.level((self.board, self.pin))}


class Drive(Request, frozen=True, kw_only=True, tag=str.lower):
    board: Board
    pin: Pin
    level: Level | None

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Drive an input pin from outside; null stops driving it."""
        bench.levels.drive((self.board, self.pin), self.level, at)
        return {}


class Tap(Request, frozen=True, kw_only=True, tag=str.lower):
    reader: Name
    credential: str
    iso_dep: bool | None = None

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Hold a card to a reader for one frame. Returns `at`, just before the frame was sent.

        `iso_dep`: whether it supports ISO 14443-4, as a card with a copied number; null: use the
        bench's card with that id, or else what is usual for a UID of its length.
        """
        bench.place(self.reader, self.credential, False, at, self.iso_dep)
        return {"at": at}


class Place(Request, frozen=True, kw_only=True, tag=str.lower):
    reader: Name
    credential: str
    iso_dep: bool | None = None

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Leave a card on a reader, which sends it again and again, until `lift`."""
        bench.place(self.reader, self.credential, True, at, self.iso_dep)
        return {"at": at}


class Lift(Request, frozen=True, kw_only=True, tag=str.lower):
    reader: Name

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Remove the card."""
        bench.lift(self.reader, at)
        return {}


class Send(Request, frozen=True, kw_only=True, tag=str.lower):
    reader: Name
    hex: str

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Send any bytes on a reader's wire, such as noise or half a frame."""
        try:
            bench.reader(self.reader).send(bytes.fromhex(self.hex))
        except ValueError as error:
            raise BenchRefused(str(error)) from error
        return {"at": at}


class Cable(Request, frozen=True, kw_only=True, tag=str.lower):
    reader: Name
    plugged: bool

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Plug a reader in, or unplug it."""
        bench.cable(self.reader, self.plugged, at)
        return {}


class Press(Request, frozen=True, kw_only=True, tag=str.lower):
    contact: Name
    active: bool

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Press a button or E-stop, or open an interlock; or release it."""
        bench.press(self.contact, self.active, at)
        return {}


class Door(Request, frozen=True, kw_only=True, tag=str.lower):
    door: Name
    do: DoorAction

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Walk through (`open`), `force` it, prop it open (`hang`), or `close` it."""
        if why := bench.door(self.door).do(self.do, at):
            raise BenchRefused(why)
        return {}


class Job(Request, frozen=True, kw_only=True, tag=str.lower):
    machine: Name
    running: bool
    watts: Annotated[float, Meta(ge=0)] | None = None

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Start or end a job on a machine; null watts: as in the machine's spec."""
        bench.machine(self.machine).work(self.running, self.watts, at)
        return {}


class Weld(Request, frozen=True, kw_only=True, tag=str.lower):
    machine: Name
    welded: bool

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Weld a contactor's contacts, so that they stay closed once they are; or free them."""
        bench.machine(self.machine).weld(self.welded, at)
        return {}


class Meter(Request, frozen=True, kw_only=True, tag=str.lower):
    machine: Name
    mode: MeterMode
    watts: Annotated[float, Meta(ge=0)] = 0.0

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Make a meter right (`true`), constant (`stuck`) or silent (`silent`)."""
        bench.machine(self.machine).set_meter(self.mode, self.watts, at)
        return {}


class Bridge(Request, frozen=True, kw_only=True, tag=str.lower):
    bridge: Name
    do: Literal["plug", "unplug", "reset"]

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Unplug a microcontroller, plug it in, or press its reset button."""
        bridge = bench.bridge(self.bridge)
        match self.do:
            case "plug":
                bridge.plug()
            case "unplug":
                bridge.unplug()
            case "reset":
                bridge.reset(at, Boot.EXTERNAL)
        return {}


class Wiegand(Request, frozen=True, kw_only=True, tag=str.lower):
    bridge: Name
    reader: Annotated[int, Meta(ge=0, le=1)]
    bits: Annotated[str, Meta(pattern="^[01]{1,56}$")]

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Make a Wiegand reader at a microcontroller send these bits."""
        bench.bridge(self.bridge).wiegand(self.reader, self.bits, at)
        return {"at": at}


class Day(Request, frozen=True, kw_only=True, tag=str.lower):
    do: Literal["play", "pause", "go_on"]

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Pause or continue a script that uses the bench; the script itself sends `play` before
        each step.

        Returns `day`: `plays` or `paused`; empty without a script.
        """
        return {"day": bench.set_day(self.do)}


class State(Request, frozen=True, kw_only=True, tag=str.lower):
    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Return `pins`, `machines`, `doors`, `contacts`, `readers`, `bridges` and `day`."""
        return bench.state(at)


class Watch(Request, frozen=True, kw_only=True, tag=str.lower):
    kinds: tuple[EventKind, ...] = ALL_KINDS

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Return the state like `state`, then send events of these kinds."""
        peer.watch(frozenset(self.kinds))
        return bench.state(at)


class SetUp(Request, frozen=True, kw_only=True, tag=str.lower):
    machine: tuple[MachineSpec, ...] = ()
    door: tuple[DoorSpec, ...] = ()
    contact: tuple[ContactSpec, ...] = ()
    reader: tuple[ReaderSpec, ...] = ()
    bridge: tuple[BridgeSpec, ...] = ()
    card: tuple[CardSpec, ...] = ()

    def run(self, bench: Bench, peer: Peer, at: float) -> Answer:
        """Add more to the bench; the fields are those of specs.BenchSpec."""
        bench.set_up(msgspec.convert(self, BenchSpec, from_attributes=True), at)
        return {}


Operation = (
    Attach
    | Spi
    | Write
    | Configure
    | Read
    | Drive
    | Tap
    | Place
    | Lift
    | Send
    | Cable
    | Press
    | Door
    | Job
    | Weld
    | Day
    | Meter
    | Bridge
    | Wiegand
    | State
    | Watch
    | SetUp
)
_DECODER: msgspec.json.Decoder[Operation] = msgspec.json.Decoder(Operation)


def decode(line: bytes) -> Operation:
    """Decode one request. Raises BenchRefused."""
    try:
        return _DECODER.decode(line)
    except msgspec.MsgspecError as error:
        raise BenchRefused(f"not understood: {error}") from error
