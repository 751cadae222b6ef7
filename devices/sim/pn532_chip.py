"""A simulated PN532: takes the host's bytes, returns the chip's bytes, and reads cards in its
field."""

from collections.abc import Callable

from devices.drivers.contactless import iso14443_dep, iso14443_select
from devices.drivers.contactless.iso14443_card import Card, Unreadable
from devices.drivers.contactless.iso14443_dep import IsoDep
from devices.drivers.contactless.iso14443_frame import CardError, GarbledFrame, NoAnswer, Reply
from devices.sim.rf_field import RfField, bits_of, bytes_of

ACK, NACK = b"\x00\x00\xff\x00\xff\x00", b"\x00\x00\xff\xff\x00\x00"
ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"
"""The chip's error frame, for a command that it does not know."""
VERSION = b"\x32\x01\x06\x07"
"""Answer to GetFirmwareVersion: a PN532 with firmware 1.6."""
MAX_PIECE = 252
"""Largest number of data bytes in one answer of InDataExchange."""
TIMEOUT = 0x01
"""Status byte: the card did not answer in time."""


class FieldChannel:
    """The chip's receiver. The protocol layers above it are those of `devices.drivers`."""

    def __init__(self, field: RfField) -> None:
        self._field = field

    def exchange(
        self, frame: bytes, timeout_s: float, *, last_bits: int = 0, align: int = 0
    ) -> Reply:
        """Send a frame to the field and return the answer; see Channel."""
        answer = self._field.exchange(bits_of(frame, last_bits))
        if answer is None:
            raise NoAnswer("no card answered")
        if answer.broken:
            raise GarbledFrame("parity")
        collision = None if answer.collision is None else answer.collision + 1
        return Reply(bytes_of(answer.bits, align), len(answer.bits) % 8, collision)

    def wait(self, seconds: float) -> None:
        """Do nothing: the simulated field has no time."""


class Pn532Chip:
    """The chip's command interpreter.

    It sleeps until byte 0x55 wakes it, and keeps its last answer, which a NACK requests again.
    """

    def __init__(self, field: RfField) -> None:
        self._field = field
        self._channel = FieldChannel(field)
        self._commands: dict[int, Callable[[bytes], bytes]] = {
            0x02: lambda _: VERSION,  # GetFirmwareVersion
            0x14: lambda _: b"",  # SAMConfiguration
            0x32: self._configure,  # RFConfiguration
            0x40: self._exchange,  # InDataExchange
            0x4A: self._list,  # InListPassiveTarget
            0x52: self._release,  # InRelease
        }
        self.reset()

    def reset(self) -> None:
        """Put the chip into its state after power-on."""
        self._field.switch(False)
        self._buffer = self._last = b""
        self._awake = False
        self._tries = 2
        self._iso_dep: IsoDep | None = None
        self._sent = self._to_send = b""

    def hear(self, data: bytes) -> bytes:
        """Take bytes from the host and return what the chip sends."""
        self._buffer += data
        if not self._awake:
            if b"\x55" not in self._buffer:
                return b""
            self._awake = True
        answer = b""
        while (frame := self._next_frame()) is not None:
            answer += self._answer(frame)
        return answer

    def _next_frame(self) -> bytes | None:
        """Remove the next complete frame from the buffer and return its body.

        Returns b"" for an invalid frame, and None if no frame is complete yet.
        """
        start = self._buffer.find(b"\x00\xff")
        if start < 0 or len(self._buffer) < start + 4:
            return None
        size, check, at = self._buffer[start + 2], self._buffer[start + 3], start + 4
        if (size, check) in ((0x00, 0xFF), (0xFF, 0x00)):
            self._buffer = self._buffer[at:]
            return ACK if size == 0 else NACK
        if (size, check) == (0xFF, 0xFF):
            if len(self._buffer) < at + 3:
                return None
            size, at = int.from_bytes(self._buffer[at : at + 2], "big"), at + 3
        elif (size + check) & 0xFF:
            self._buffer = self._buffer[at:]
            return b""
        if len(self._buffer) < at + size + 1:
            return None
        body, self._buffer = self._buffer[at : at + size + 1], self._buffer[at + size + 1 :]
        return body

    def _answer(self, frame: bytes) -> bytes:
        if frame == ACK:
            return b""
        if frame == NACK:
            return self._last
        if not frame or sum(frame) & 0xFF or frame[0] != 0xD4:
            return b""
        command = self._commands.get(frame[1])
        if command is None:
            return ACK + ERROR
        body = bytes((0xD5, frame[1] + 1)) + command(frame[2:-1])
        head = bytes((len(body), -len(body) & 0xFF))
        self._last = b"\x00\x00\xff" + head + body + bytes((-sum(body) & 0xFF, 0))
        return ACK + self._last

    def _configure(self, parameters: bytes) -> bytes:
        if parameters[0] == 0x01:  # the field
            self._field.switch(bool(parameters[1] & 1))
        elif parameters[0] == 0x05:  # how often a card is looked for again
            self._tries = 1 + parameters[3]
        return b""

    def _list(self, parameters: bytes) -> bytes:
        """Run InListPassiveTarget, which also sends RATS to a card that speaks ISO 14443-4."""
        self._field.switch(True)
        self._iso_dep = None
        selected = (self._select(parameters[2:]) for _ in range(self._tries))
        if (card := next(filter(None, selected), None)) is None:
            return b"\x00"
        ats = b""
        if card.speaks_apdu:
            try:
                self._iso_dep = iso14443_dep.activate(self._channel)
            except CardError:
                return b"\x00"
            ats = b"\x05\x75\x80\x70\x02"
        sens_res = {4: b"\x00\x04", 7: b"\x03\x44", 10: b"\x00\x84"}[len(card.uid)]
        uid = bytes((len(card.uid),)) + card.uid
        return b"\x01\x01" + sens_res + bytes((card.sak,)) + uid + ats

    def _select(self, cascaded: bytes) -> Card | None:
        """Select any card, or the one with this UID, which is given with its cascade tags."""
        try:
            if not cascaded:
                return iso14443_select.find(self._channel)
        except Unreadable:
            return None
        levels = range(0, len(cascaded) - 4, 4)
        uid = b"".join(cascaded[at + 1 : at + 4] for at in levels) + cascaded[-4:]
        return iso14443_select.select_again(self._channel, uid)

    def _exchange(self, parameters: bytes) -> bytes:
        """Run InDataExchange, with chained blocks in both directions."""
        if self._iso_dep is None:
            return bytes((0x27,))
        self._sent += parameters[1:]
        if parameters[0] & 0x40:
            return b"\x00"
        try:
            if not self._to_send:
                self._to_send, self._sent = self._iso_dep.apdu(self._sent), b""
        except (CardError, OSError):
            self._sent = b""
            return bytes((TIMEOUT,))
        piece, self._to_send = self._to_send[:MAX_PIECE], self._to_send[MAX_PIECE:]
        return bytes((0x40 if self._to_send else 0x00,)) + piece

    def _release(self, parameters: bytes) -> bytes:
        if self._iso_dep is not None:
            self._iso_dep.deselect()
            self._iso_dep = None
        return b"\x00"
