"""A simulated MFRC522, at register level: it handles SPI transfers, and sends frames to its
field."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from devices.sim.iso14443_card import crc_a
from devices.sim.rf_field import Bits, Frame, RfField, air_time_s, bits_of, bytes_of

COMMAND, COMM_IRQ, DIV_IRQ, ERROR, STATUS1, FIFO_DATA, FIFO_LEVEL = 1, 4, 5, 6, 7, 9, 0x0A
CONTROL, BIT_FRAMING, COLL, MODE, TX_MODE, RX_MODE, TX_CONTROL = (
    0x0C,
    0x0D,
    0x0E,
    0x11,
    0x12,
    0x13,
    0x14,
)
CRC_HIGH, CRC_LOW, T_MODE, T_PRESCALER, T_RELOAD_H, T_RELOAD_L = 0x21, 0x22, 0x2A, 0x2B, 0x2C, 0x2D
VERSION = 0x37
CALC_CRC, TRANSCEIVE, SOFT_RESET = 0x03, 0x0C, 0x0F
TX_IRQ, RX_IRQ, ERR_IRQ, TIMER_IRQ = 0x40, 0x20, 0x02, 0x01
OVERFLOW, COLLISION, CRC_ERROR, PARITY = 0x10, 0x08, 0x04, 0x02
AFTER_RESET = {
    COMMAND: 0x20,
    COMM_IRQ: 0x14,
    STATUS1: 0x21,
    CONTROL: 0x10,
    COLL: 0xA0,
    MODE: 0x3F,
    TX_CONTROL: 0x80,
    CRC_HIGH: 0xFF,
    CRC_LOW: 0xFF,
    VERSION: 0x92,
}
FIFO_SIZE = 64
FRAME_DELAY_S = 1236 / 13.56e6


@dataclass(slots=True)
class _Due:
    """Something that happens at a later time."""

    at_s: float
    irq: int
    answer: Frame | None = None


class Mfrc522Chip:
    """64 registers, a FIFO, a timer, a CRC coprocessor and a receiver (data sheet, section 9)."""

    def __init__(self, field: RfField, now: Callable[[], float] = time.monotonic) -> None:
        self._field, self._now = field, now
        self.plugged = True
        self.bytes_on_bus = 0
        self._reset()

    def plug(self, plugged: bool) -> None:
        """Switch the chip's power on or off; without power, only zeros are read."""
        self.plugged = plugged
        self._field.switch(False)
        self._reset()

    def transfer(self, data: bytes) -> bytes:
        """One transfer: an address byte, then data; a value that is read comes one byte later
        (8.1.2)."""
        self.bytes_on_bus += len(data)
        if not self.plugged:
            return bytes(len(data))
        self._advance()
        if data[0] & 0x80:
            return b"\0" + bytes(self._read(byte >> 1 & 0x3F) for byte in data[:-1])
        for value in data[1:]:
            self._write(data[0] >> 1 & 0x3F, value)
        return bytes(len(data))

    def close(self) -> None:
        """Nothing to do: the chip stays as it is."""

    def _reset(self) -> None:
        self.registers = [AFTER_RESET.get(number, 0) for number in range(64)]
        self.sent: Bits = ()
        self._fifo = bytearray()
        self._due: list[_Due] = []

    def _read(self, register: int) -> int:
        if register == FIFO_DATA:
            return self._fifo.pop(0) if self._fifo else 0
        if register == FIFO_LEVEL:
            return len(self._fifo)
        return self.registers[register]

    def _write(self, register: int, value: int) -> None:
        if register == FIFO_DATA:
            self._fill(bytes((value,)))
        elif register == FIFO_LEVEL:
            if value & 0x80:  # FlushBuffer
                self._fifo.clear()
                self.registers[ERROR] &= ~OVERFLOW
        elif register in (COMM_IRQ, DIV_IRQ):
            before = self.registers[register]
            marked = value & 0x7F  # bit 7 says whether these bits are set or cleared
            self.registers[register] = before | marked if value & 0x80 else before & ~marked
        elif register == COMMAND:
            self._command(value)
        elif register not in (ERROR, VERSION, CRC_HIGH, CRC_LOW):
            self.registers[register] = value
            self._after_write(register, value)

    def _after_write(self, register: int, value: int) -> None:
        if register == TX_CONTROL:
            self._field.switch(value & 3 == 3)  # both halves of the antenna
        elif (
            register == BIT_FRAMING
            and value & 0x80  # StartSend
            and self.registers[COMMAND] & 0x0F == TRANSCEIVE
        ):
            self._send()

    def _command(self, value: int) -> None:
        self._due.clear()
        self.registers[COMMAND] = value & 0x3F
        if value & 0x0F == SOFT_RESET:
            self._field.switch(False)
            self._reset()
        elif value & 0x0F == CALC_CRC:
            self.registers[CRC_LOW], self.registers[CRC_HIGH] = crc_a(bytes(self._fifo))
            self._fifo.clear()
            self.registers[DIV_IRQ] |= 0x04

    def _send(self) -> None:
        """Send the FIFO's content, and plan when the reply or the timer comes."""
        data, last_bits = bytes(self._fifo), self.registers[BIT_FRAMING] & 7
        self._fifo.clear()
        self.registers[ERROR] = 0
        if self.registers[TX_MODE] & 0x80:  # with a checksum
            data += crc_a(data)
        bits = self.sent = bits_of(data, last_bits)
        sent_s = self._now() + air_time_s(bits)
        answer = self._field.exchange(bits)
        self._due = [_Due(sent_s, TX_IRQ)]
        if answer is not None:
            answered_s = sent_s + FRAME_DELAY_S + air_time_s(answer.bits)
            self._due.append(_Due(answered_s, RX_IRQ, answer))
        elif self.registers[T_MODE] & 0x80:  # the timer starts after sending
            self._due.append(_Due(sent_s + self._timer_s(), TIMER_IRQ))

    def _timer_s(self) -> float:
        value = self.registers
        prescaler = (value[T_MODE] & 0x0F) << 8 | value[T_PRESCALER]
        return (2 * prescaler + 1) * ((value[T_RELOAD_H] << 8 | value[T_RELOAD_L]) + 1) / 13.56e6

    def _advance(self) -> None:
        """Do what is due by now."""
        at_s = self._now()
        while self._due and self._due[0].at_s <= at_s:
            due = self._due.pop(0)
            self.registers[COMM_IRQ] |= due.irq
            if due.answer is not None:
                self._receive(due.answer)

    def _receive(self, frame: Frame) -> None:
        align = self.registers[BIT_FRAMING] >> 4 & 7
        bits, error = frame.bits, PARITY if frame.broken else 0
        self.registers[COLL] = self.registers[COLL] & 0x80 | 0x20
        if frame.collision is not None:
            error |= COLLISION
            position = frame.collision + 1 + self.collision_offset(align)
            if position <= 32:
                self.registers[COLL] = self.registers[COLL] & 0x80 | position & 0x1F
            if not self.registers[COLL] & 0x80:
                bits = bits[: frame.collision] + (0,) * (len(bits) - frame.collision)
        data = bytes_of(bits, align)
        if self.registers[RX_MODE] & 0x80:  # with a checksum
            error |= 0 if crc_a(data[:-2]) == data[-2:] else CRC_ERROR
            data = data[:-2]
        self.registers[CONTROL] = (len(bits) + align) % 8
        self.registers[ERROR] |= error
        self._fill(data)
        if self.registers[ERROR]:
            self.registers[COMM_IRQ] |= ERR_IRQ

    def collision_offset(self, align: int) -> int:
        """Return what is added to CollPos, which counts from the first byte in the FIFO."""
        return align

    def _fill(self, data: bytes) -> None:
        room = FIFO_SIZE - len(self._fifo)
        self._fifo += data[:room]
        if len(data) > room:
            self.registers[ERROR] |= OVERFLOW
