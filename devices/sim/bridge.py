"""A simulated microcontroller of the firmware bridge: the protocol of `protocol.h` on a pty.

It does in Python what the C firmware does, for the demo and the drivers' contract, but without a
watchdog. The firmware itself is tested on a simulated ATmega328P. Times are monotonic seconds.
"""

import secrets
import struct
import time
from collections.abc import Callable
from typing import Any

from devices.sim.bridge_body import BridgeBody
from devices.sim.levels import Levels
from devices.sim.pty import Pty
from devices.sim.specs import BridgeSpec
from firmware_bridge.codes import (
    ADCS,
    READERS,
    RELAYS,
    TTL_MAX_MS,
    TTL_MIN_MS,
    Boot,
    Reason,
    Type,
    Verdict,
)
from firmware_bridge.frames import DELIMITER, VERSION, BadFrame, Decoder, Frame, encode
from firmware_bridge.messages import Hello, Nak, Report, WiegandEvent
from firmware_bridge.wiegand import FORMATS, data_bits

WINDOW_MS = 200
"""Time over which the RMS value of a current is measured."""
BUILD = "simulate"
_SEQ_RANGE = 1 << 32
_BODY_SIZES = {
    Type.HELLO: 0,
    Type.SET: 3,
    Type.RENEW: 3,
    Type.OFF: 1,
    Type.READ: 0,
    Type.RESET_ESTOP: 0,
    Type.CLEAR_FAULTS: 2,
}
Listen = Callable[[int, Callable[[], None] | None], None]


class SimBridge:
    """Handles the protocol; its BridgeBody has the relays, inputs and ADC."""

    def __init__(
        self, spec: BridgeSpec, levels: Levels, watts: Callable[[str], float | None], listen: Listen
    ) -> None:
        self.spec = spec
        self._pty = Pty(spec.link)
        self._listen = listen
        self._body = BridgeBody(spec, levels, watts, self._send_event)
        self._decoder = Decoder()
        self._nonce = self._last_seq = self._event_seq = 0
        self._reads = [0] * READERS
        self._bad = self._refused = 0
        self._boot = Boot.POWER_ON

    @property
    def deadline(self) -> float | None:
        """When the next relay's time limit is reached."""
        return self._body.deadline

    def tick(self, at: float) -> None:
        """Advance to that time."""
        self._body.tick(at)

    def edge(self, pin: int, level: float, at: float) -> None:
        """Handle a change of one of this board's pins."""
        self._body.edge(pin, level, at)

    def reset(self, at: float, boot: Boot = Boot.POWER_ON) -> None:
        """Start a new session: relays open, counters at 0; only the E-stop latch stays."""
        self._decoder = Decoder()
        self._nonce = secrets.randbelow(_SEQ_RANGE - 1) + 1
        self._last_seq = self._event_seq = 0
        self._reads = [0] * READERS
        self._bad = self._refused = 0
        self._boot = boot
        self._body.reset(at)
        self._write(DELIMITER)
        self._send_event(Type.BOOT, self._hello(at).pack())

    def plug(self) -> None:
        """Plug the cable in."""
        if self._pty.plug() and (fd := self._pty.fd) is not None:
            self._listen(fd, self._read)

    def unplug(self) -> None:
        """Unplug the cable; relays open by their time limits."""
        if (fd := self._pty.fd) is not None:
            self._listen(fd, None)
            self._pty.unplug()

    def wiegand(self, reader: int, bits: str, at: float) -> None:
        """Send these bits, a text of 0 and 1, from a Wiegand reader."""
        self._reads[reader] = (self._reads[reader] + 1) % (1 << 16)
        data = int(bits.ljust(56, "0"), 2).to_bytes(7, "big")
        event = WiegandEvent(
            reader,
            _verdict(data, len(bits)),
            len(bits),
            self._reads[reader],
            self._body.uptime_ms(at),
            data,
        )
        self._send_event(Type.WIEGAND, event.pack())

    def state(self, at: float) -> dict[str, Any]:
        """Return the state."""
        return {
            "plugged": self._pty.fd is not None,
            "link": self.spec.link,
            "session": f"{self._nonce:08x}",
            **self._body.state(at),
        }

    def _read(self) -> None:
        at = time.monotonic()
        for frame in self._decoder.feed(self._pty.read()):
            if isinstance(frame, BadFrame):
                self._bad = min(self._bad + 1, 0xFFFF)
            else:
                self._answer(frame, at)

    def _answer(self, frame: Frame, at: float) -> None:
        reason = self._check(frame)
        if reason is None and frame.type != Type.HELLO:
            self._last_seq = frame.seq
            reason = self._run_command(Type(frame.type), frame.body, at)
        if reason is not None:
            self._refused = min(self._refused + 1, 0xFFFF)
            self._send(Type.NAK, frame.seq, Nak(reason, frame.type, self._last_seq).pack())
        elif frame.type == Type.HELLO:
            self._send(Type.HELLO_REPLY, frame.seq, self._hello(at).pack())
        elif frame.type == Type.READ:
            self._send(Type.REPORT, frame.seq, self._report(at).pack())
        else:
            self._send(Type.STATUS, frame.seq, self._body.status(at).pack())

    def _check(self, frame: Frame) -> Reason | None:
        """Return why a frame is not valid in this session, in the firmware's order of checks; or
        None."""
        if frame.version != VERSION:
            return Reason.VERSION
        if frame.type not in tuple(_BODY_SIZES):
            return Reason.TYPE
        if len(frame.body) != _BODY_SIZES[Type(frame.type)]:
            return Reason.LENGTH
        if frame.type == Type.HELLO:
            return None
        if frame.nonce != self._nonce:
            return Reason.NONCE
        if not 0 < (frame.seq - self._last_seq) % _SEQ_RANGE < _SEQ_RANGE // 2:
            return Reason.SEQ
        return None

    def _run_command(self, kind: Type, body: bytes, at: float) -> Reason | None:
        match kind:
            case Type.SET | Type.RENEW:
                mask, ttl_ms = struct.unpack("<BH", body)
                if not 0 < mask < 1 << RELAYS or not TTL_MIN_MS <= ttl_ms <= TTL_MAX_MS:
                    return Reason.RANGE
                return self._body.hold(mask, ttl_ms / 1000, at, renew=kind is Type.RENEW)
            case Type.OFF:
                if not 0 < body[0] < 1 << RELAYS:
                    return Reason.RANGE
                self._body.open(body[0], at)
            case Type.RESET_ESTOP:
                return self._body.unlatch()
            case Type.CLEAR_FAULTS:
                self._body.faults &= ~struct.unpack("<H", body)[0]
        return None

    def _hello(self, at: float) -> Hello:
        return Hello(
            relays=RELAYS,
            inputs=0xFF,
            adcs=ADCS,
            readers=READERS,
            sense=0,
            boot=self._boot,
            flags=self._body.flags,
            ttl_min_ms=TTL_MIN_MS,
            ttl_max_ms=TTL_MAX_MS,
            last_seq=self._last_seq,
            uptime_ms=self._body.uptime_ms(at),
            window_ms=WINDOW_MS,
            build=BUILD,
        )

    def _report(self, at: float) -> Report:
        rms, mean, peak = self._body.measured()
        windows = self._body.uptime_ms(at) // WINDOW_MS % (1 << 16)
        return Report(
            status=self._body.status(at),
            edges=tuple(self._body.edges),
            reads=tuple(self._reads),
            bad_frames=self._bad,
            refused=self._refused,
            lost_events=0,
            windows=windows,
            rms=rms,
            mean=mean,
            peak=peak,
            free_ram=1024,
        )

    def _send_event(self, kind: Type, body: bytes) -> None:
        """Send an event; events have sequence numbers of their own."""
        self._event_seq = (self._event_seq + 1) % _SEQ_RANGE
        self._send(kind, self._event_seq, body)

    def _send(self, kind: Type, seq: int, body: bytes) -> None:
        self._write(encode(Frame(kind, seq, self._nonce, body)))

    def _write(self, data: bytes) -> None:
        if self._pty.fd is not None:
            self._pty.send(data)


def _verdict(data: bytes, bits: int) -> Verdict:
    if bits not in FORMATS:
        return Verdict.RAW
    try:
        data_bits(data, bits)
    except ValueError:
        return Verdict.PARITY
    return Verdict.OK
