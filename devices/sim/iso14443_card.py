"""A simulated card of ISO/IEC 14443 type A: its states, anticollision and selection (layer 3)."""

from enum import Enum, auto
from functools import reduce
from operator import xor

from devices.sim.iso14443_conversation import Application, Conversation, ProtocolParameters
from devices.sim.rf_field import Bits, bits_of, bytes_of

REQA, WUPA = bits_of(b"\x26", 7), bits_of(b"\x52", 7)
HLTA, RATS = b"\x50\x00", 0xE0
SEL = (0x93, 0x95, 0x97)
CASCADE_TAG, CASCADE = 0x88, 0x04
ATQA = {4: b"\x04\x00", 7: b"\x44\x03", 10: b"\x84\x00"}
"""Of a MIFARE Classic, a DESFire, and any card with a UID of triple size."""


def crc_a(data: bytes) -> bytes:
    """Return the checksum of annex B, computed bit by bit as in the standard."""
    register = 0x6363
    for bit in bits_of(data):
        carry = (register ^ bit) & 1
        register = register >> 1 ^ (0x8408 if carry else 0)
    return register.to_bytes(2, "little")


class State(Enum):
    """The states of ISO/IEC 14443-3, 6.3; a card that was halted returns to HALT instead of IDLE.

    From RATS to DESELECT there is a conversation, and the state stays ACTIVE.
    """

    OFF = auto()
    IDLE = auto()
    HALT = auto()
    READY = auto()
    ACTIVE = auto()


class SimCard:
    """A card with a UID of 4, 7 or 10 bytes; with an application it supports ISO-DEP."""

    def __init__(
        self,
        uid: bytes,
        application: Application | None = None,
        parameters: ProtocolParameters | None = None,
    ) -> None:
        self.uid = uid
        self.was_read = False
        """Whether a reader has selected it since it was made."""
        self._parameters = parameters or ProtocolParameters()
        self._levels = self._cascade(uid)
        self._application = application
        self._sak = 0x20 if application else 0x08 if len(uid) == 4 else 0x00
        self.power(False)

    def power(self, on: bool) -> None:
        """Handle the field going on or off."""
        self._state = State.IDLE if on else State.OFF
        self._resting_state = State.IDLE
        self._level = 0
        self._conversation: Conversation | None = None

    def hear(self, bits: Bits) -> Bits | None:
        """Handle a frame; return the reply, or None."""
        if self._conversation is not None:
            return self._handle_block(self._conversation, bits)
        if bits in (REQA, WUPA):
            return self._handle_wakeup(bits)
        if self._state is State.READY:
            return self._handle_selection(bits)
        if self._state is State.ACTIVE:
            return self._handle_command(bits)
        return None

    @staticmethod
    def _cascade(uid: bytes) -> list[bytes]:
        """Return the bytes of each level with their check byte."""
        parts = {
            4: [uid],
            7: [b"\x88" + uid[:3], uid[3:]],
            10: [b"\x88" + uid[:3], b"\x88" + uid[3:6], uid[6:]],
        }[len(uid)]
        return [part + bytes((reduce(xor, part),)) for part in parts]

    def _fall_asleep(self) -> None:
        self._state = self._resting_state

    def _handle_wakeup(self, bits: Bits) -> Bits | None:
        if self._state is State.IDLE or (self._state is State.HALT and bits == WUPA):
            self._resting_state, self._state, self._level = self._state, State.READY, 0
            return bits_of(ATQA[len(self.uid)])
        if self._state in (State.READY, State.ACTIVE):
            self._fall_asleep()
        return None

    def _handle_selection(self, bits: Bits) -> Bits | None:
        """Handle ANTICOLLISION or SELECT of this level; anything else makes the card idle or
        halted."""
        frame, own = bytes_of(bits), self._levels[self._level]
        if len(bits) < 16 or frame[0] != SEL[self._level]:
            self._fall_asleep()
            return None
        if frame[1] == 0x70:  # all 40 bits of the level: SELECT
            return self._select(frame, own)
        known_bits = ((frame[1] >> 4) - 2) * 8 + (frame[1] & 7)
        if not 0 <= known_bits < 40 or len(bits) != 16 + known_bits:
            self._fall_asleep()
            return None
        own_bits = bits_of(own)
        return own_bits[known_bits:] if bits[16:] == own_bits[:known_bits] else None

    def _select(self, frame: bytes, own: bytes) -> Bits | None:
        if len(frame) != 9 or crc_a(frame[:7]) != frame[7:] or frame[2:7] != own:
            self._fall_asleep()
            return None
        self._level += 1
        is_complete = self._level == len(self._levels)
        self._state = State.ACTIVE if is_complete else State.READY
        self.was_read |= is_complete
        sak = bytes((self._sak if is_complete else CASCADE,))
        return bits_of(sak + crc_a(sak))

    def _handle_command(self, bits: Bits) -> Bits | None:
        frame = self._without_crc(bits)
        if frame == HLTA:
            self._state = State.HALT
        elif self._application and frame and frame[0] == RATS and len(frame) == 2:
            self._conversation = Conversation(self._application, self._parameters, frame[1] >> 4)
            return self._with_crc(self._conversation.ats)
        else:
            self._fall_asleep()
        return None

    def _handle_block(self, conversation: Conversation, bits: Bits) -> Bits | None:
        frame = self._without_crc(bits)
        answer = conversation.hear(frame) if frame else None
        if conversation.over:
            self._state, self._conversation = State.HALT, None
        return self._with_crc(answer) if answer is not None else None

    @staticmethod
    def _without_crc(bits: Bits) -> bytes:
        frame = bytes_of(bits)
        whole = len(bits) % 8 == 0 and len(frame) > 2 and crc_a(frame[:-2]) == frame[-2:]
        return frame[:-2] if whole else b""

    @staticmethod
    def _with_crc(frame: bytes) -> Bits:
        return bits_of(frame + crc_a(frame))
