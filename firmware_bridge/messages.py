"""Typed values for each message body of `firmware/protocol.h`, with strict parsing."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from firmware_bridge.codes import Boot, FaultCode, Flag, Reason, Type, Verdict
from firmware_bridge.frames import VERSION, Frame


class MalformedMessage(ValueError):
    """A valid frame whose contents the protocol does not know; the text is one line."""


@dataclass(frozen=True, slots=True)
class Hello:
    """HELLO_REPLY and BOOT: the microcontroller's abilities and its session. Times are in ms."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<8BHHIIH8s")
    relays: int
    inputs: int
    adcs: int
    readers: int
    sense: int
    """Number of the input for an auxiliary contact."""
    boot: Boot
    flags: Flag
    ttl_min_ms: int
    ttl_max_ms: int
    last_seq: int
    uptime_ms: int
    window_ms: int
    build: str
    """Name of the firmware's build."""

    @classmethod
    def parse(cls, body: bytes) -> "Hello":
        """Parse the body. Raises struct.error, UnicodeDecodeError."""
        (
            relays,
            inputs,
            adcs,
            readers,
            sense,
            boot,
            flags,
            _,
            low,
            high,
            last_seq,
            uptime,
            window,
            build,
        ) = cls.LAYOUT.unpack(body)
        return cls(
            relays,
            inputs,
            adcs,
            readers,
            sense,
            Boot(boot),
            Flag(flags),
            low,
            high,
            last_seq,
            uptime,
            window,
            build.decode("ascii"),
        )

    def pack(self) -> bytes:
        """Return the body."""
        return self.LAYOUT.pack(
            self.relays,
            self.inputs,
            self.adcs,
            self.readers,
            self.sense,
            self.boot,
            self.flags,
            0,
            self.ttl_min_ms,
            self.ttl_max_ms,
            self.last_seq,
            self.uptime_ms,
            self.window_ms,
            self.build.encode("ascii"),
        )


@dataclass(frozen=True, slots=True)
class Status:
    """STATUS: the outputs as commanded and as read back at the pins, and the inputs."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<4BHI4H")
    outputs: int
    pins: int
    inputs: int
    flags: Flag
    faults: int
    uptime_ms: int
    left_ms: tuple[int, ...]
    """How long each relay stays on without renewal, in ms."""

    @classmethod
    def parse(cls, body: bytes) -> "Status":
        """Parse the body. Raises struct.error."""
        outputs, pins, inputs, flags, faults, uptime, *left_ms = cls.LAYOUT.unpack(body)
        return cls(outputs, pins, inputs, Flag(flags), faults, uptime, tuple(left_ms))

    def pack(self) -> bytes:
        """Return the body."""
        return self.LAYOUT.pack(
            self.outputs,
            self.pins,
            self.inputs,
            self.flags,
            self.faults,
            self.uptime_ms,
            *self.left_ms,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """REPORT: the status and all counters and measurements. Units as in protocol.h."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<9H2H4H2H2H2HH8x")
    status: Status
    edges: tuple[int, ...]
    reads: tuple[int, ...]
    bad_frames: int
    refused: int
    lost_events: int
    windows: int
    rms: tuple[int, ...]
    mean: tuple[int, ...]
    peak: tuple[int, ...]
    free_ram: int

    @classmethod
    def parse(cls, body: bytes) -> "Report":
        """Parse the body. Raises struct.error."""
        size = Status.LAYOUT.size
        values = cls.LAYOUT.unpack(body[size:])
        return cls(
            Status.parse(body[:size]),
            values[:9],
            values[9:11],
            values[11],
            values[12],
            values[13],
            values[14],
            values[15:17],
            values[17:19],
            values[19:21],
            values[21],
        )

    def pack(self) -> bytes:
        """Return the body."""
        return self.status.pack() + self.LAYOUT.pack(
            *self.edges,
            *self.reads,
            self.bad_frames,
            self.refused,
            self.lost_events,
            self.windows,
            *self.rms,
            *self.mean,
            *self.peak,
            self.free_ram,
        )


@dataclass(frozen=True, slots=True)
class Nak:
    """NAK: the microcontroller refused a frame, and nothing has changed."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBI")
    reason: Reason
    type: int
    last_seq: int

    @classmethod
    def parse(cls, body: bytes) -> "Nak":
        """Parse the body. Raises struct.error, ValueError."""
        reason, kind, last_seq = cls.LAYOUT.unpack(body)
        return cls(Reason(reason), kind, last_seq)

    def pack(self) -> bytes:
        """Return the body."""
        return self.LAYOUT.pack(self.reason, self.type, self.last_seq)


@dataclass(frozen=True, slots=True)
class InputEvent:
    """INPUT: an input changed; `count` is its number of changes since reset, modulo 65536."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBHI")
    input: int
    high: bool
    count: int
    at_ms: int

    @classmethod
    def parse(cls, body: bytes) -> "InputEvent":
        """Parse the body. Raises struct.error."""
        number, high, count, at_ms = cls.LAYOUT.unpack(body)
        return cls(number, bool(high), count, at_ms)

    def pack(self) -> bytes:
        """Return the body."""
        return self.LAYOUT.pack(self.input, self.high, self.count, self.at_ms)


@dataclass(frozen=True, slots=True)
class WiegandEvent:
    """WIEGAND: a reader sent bits; the first received one is bit 7 of `data[0]`."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<4BHI7s")
    reader: int
    verdict: Verdict
    bits: int
    count: int
    at_ms: int
    data: bytes

    @classmethod
    def parse(cls, body: bytes) -> "WiegandEvent":
        """Parse the body. Raises struct.error, ValueError."""
        reader, verdict, bits, _, count, at_ms, data = cls.LAYOUT.unpack(body)
        return cls(reader, Verdict(verdict), bits, count, at_ms, data)

    def pack(self) -> bytes:
        """Return the body."""
        return self.LAYOUT.pack(
            self.reader, self.verdict, self.bits, 0, self.count, self.at_ms, self.data
        )


@dataclass(frozen=True, slots=True)
class FaultEvent:
    """FAULT: a fault occurred, or a relay opened because it was not renewed in time."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBH")
    code: FaultCode
    flags: Flag
    faults: int

    @classmethod
    def parse(cls, body: bytes) -> "FaultEvent":
        """Parse the body. Raises struct.error, ValueError."""
        code, flags, faults = cls.LAYOUT.unpack(body)
        return cls(FaultCode(code), Flag(flags), faults)

    def pack(self) -> bytes:
        """Return the body."""
        return self.LAYOUT.pack(self.code, self.flags, self.faults)


Message = Hello | Status | Report | Nak | InputEvent | WiegandEvent | FaultEvent
_PARSERS: dict[Type, Callable[[bytes], Message]] = {
    Type.HELLO_REPLY: Hello.parse,
    Type.BOOT: Hello.parse,
    Type.STATUS: Status.parse,
    Type.REPORT: Report.parse,
    Type.NAK: Nak.parse,
    Type.INPUT: InputEvent.parse,
    Type.WIEGAND: WiegandEvent.parse,
    Type.FAULT: FaultEvent.parse,
}


def parse(frame: Frame) -> Message:
    """Return the message in a frame. Raises MalformedMessage."""
    if frame.version != VERSION:
        raise MalformedMessage(f"protocol version {frame.version}; known: {VERSION}")
    try:
        return _PARSERS[Type(frame.type)](frame.body)
    except (KeyError, ValueError, struct.error) as error:
        raise MalformedMessage(
            f"type {frame.type:#04x}, {len(frame.body)} bytes: {error}"
        ) from error
