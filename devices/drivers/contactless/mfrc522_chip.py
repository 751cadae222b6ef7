"""The MFRC522 chip: its setup, checks and exchange of frames (data sheet, NXP 112139)."""

import time
from collections.abc import Callable
from typing import Protocol

from devices.drivers.contactless.iso14443_frame import GarbledFrame, NoAnswer, Reply

COMMAND, COMM_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL = 0x01, 0x04, 0x06, 0x09, 0x0A
CONTROL, BIT_FRAMING, COLL, MODE, TX_CONTROL, TX_ASK = 0x0C, 0x0D, 0x0E, 0x11, 0x14, 0x15
T_MODE, T_PRESCALER, T_RELOAD_H, T_RELOAD_L, VERSION = 0x2A, 0x2B, 0x2C, 0x2D, 0x37
IDLE, TRANSCEIVE, SOFT_RESET, POWER_DOWN = 0x00, 0x0C, 0x0F, 0x10
RX_IRQ, TIMER_IRQ = 0x20, 0x01
COLLISION, BROKEN = 0x08, 0x13
"""Bits of ErrorReg: a collision; FIFO overflow, parity or framing errors."""
ANTENNA = 0x03
FIFO_SIZE = 64
PRESCALER = 677
TICK_S = (2 * PRESCALER + 1) / 13.56e6
"""Tick of the chip's timer: 0.1 ms, so that 16 bits count 6.5 s."""
BIT_S = 128 / 13.56e6
POWER_UP_S = 0.006
"""A card may need 5 ms to start, and is reset when the field is off for as long (6.2.2)."""
FIRST_LOOK_S, MAX_NAP_S = 0.0005, 0.004
"""How long to wait before the first and between later checks for a reply."""
MARGIN_S = 0.05
ABSENT = (0x00, 0xFF)
"""What is read from a bus without a chip."""


class Registers(Protocol):
    """Access to the chip's registers; the method names are those of the package `mfrc522`."""

    def Read_MFRC522(self, addr: int) -> int:
        """Return a register's value."""

    def Write_MFRC522(self, addr: int, val: int) -> None:
        """Set a register."""


class ChipGone(OSError):
    """Raised if no chip answers on the bus."""


class Mfrc522:
    """The chip as a Channel. The clock is a parameter, so that a simulation can have its own."""

    def __init__(
        self,
        registers: Registers,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._read, self._write = registers.Read_MFRC522, registers.Write_MFRC522
        self._now, self._sleep = now, sleep
        self._ticks = 0

    def wait(self, seconds: float) -> None:
        """See Channel."""
        self._sleep(seconds)

    def set_up(self) -> None:
        """Reset the chip and switch the field on. Raises ChipGone."""
        self._write(COMMAND, SOFT_RESET)
        self.wait(0.001)
        self._seek_version()
        self._write(T_MODE, 0x80 | PRESCALER >> 8)  # starts after each frame
        self._write(T_PRESCALER, PRESCALER & 0xFF)
        self._ticks = 0
        self._write(TX_ASK, 0x40)  # 100 % modulation, as type A needs
        self._write(MODE, 0x3D)  # CRC_A starts with 0x6363
        self._write(COLL, 0x00)  # clears bits after a collision
        self._write(TX_CONTROL, 0x80 | ANTENNA)
        self.wait(POWER_UP_S)

    def check(self) -> None:
        """Check that the chip is there, and set it up again if it has lost its settings.

        Raises ChipGone, after two failed reads, since one may be noise.
        """
        self._seek_version()
        if self._read(TX_CONTROL) & ANTENNA != ANTENNA:
            self.set_up()

    def reset_field(self) -> None:
        """Switch the field off and on, so that every card starts again."""
        self._write(TX_CONTROL, 0x80)
        self.wait(POWER_UP_S)
        self._write(TX_CONTROL, 0x80 | ANTENNA)
        self.wait(POWER_UP_S)

    def shut(self) -> None:
        """Switch the field off, and put the chip to sleep."""
        self._write(TX_CONTROL, 0x80)
        self._write(COMMAND, POWER_DOWN)

    def exchange(
        self, frame: bytes, timeout_s: float, *, last_bits: int = 0, align: int = 0
    ) -> Reply:
        """See Channel. A frame has at most 64 bytes."""
        framing = align << 4 | last_bits
        self._set_timer(timeout_s)
        for register, value in (
            (COMMAND, IDLE),
            (COMM_IRQ, 0x7F),  # clears all
            (FIFO_LEVEL, 0x80),  # empties the FIFO
            *((FIFO_DATA, byte) for byte in frame),
            (BIT_FRAMING, framing),
            (COMMAND, TRANSCEIVE),
            (BIT_FRAMING, 0x80 | framing),  # starts sending
        ):
            self._write(register, value)
        self._await_answer(len(frame) * 9 * BIT_S, timeout_s)
        return self._answer()

    def _seek_version(self) -> None:
        if self._read(VERSION) in ABSENT and (version := self._read(VERSION)) in ABSENT:
            raise ChipGone(f"no MFRC522 answers: its version reads 0x{version:02X}")

    def _set_timer(self, timeout_s: float) -> None:
        """Set the chip's timer; it starts after the frame, and stops at the reply's first bits
        (8.5)."""
        ticks = min(0xFFFF, round(timeout_s / TICK_S) + 1)
        if ticks != self._ticks:
            self._ticks = ticks
            self._write(T_RELOAD_H, ticks >> 8)
            self._write(T_RELOAD_L, ticks & 0xFF)

    def _await_answer(self, sending_s: float, timeout_s: float) -> None:
        """Wait for the reply.

        It is polled rarely, since each poll costs a bus transfer. Raises NoAnswer.
        """
        end = self._now() + sending_s + timeout_s + MARGIN_S
        nap_s = FIRST_LOOK_S
        self.wait(sending_s + nap_s)
        while not (irq := self._read(COMM_IRQ)) & (RX_IRQ | TIMER_IRQ):
            if self._now() > end:
                raise NoAnswer("the chip never finished")
            self.wait(nap_s)
            nap_s = min(2 * nap_s, MAX_NAP_S)
        if not irq & RX_IRQ:
            raise NoAnswer("no card answered")

    def _answer(self) -> Reply:
        error = self._read(ERROR)
        size = self._read(FIFO_LEVEL) & 0x7F
        if size > FIFO_SIZE or (error & BROKEN and not error & COLLISION):
            raise GarbledFrame(f"the chip reports error 0x{error:02X}")
        data = bytes(self._read(FIFO_DATA) for _ in range(size))
        last_bits = self._read(CONTROL) & 0x07
        if not error & COLLISION:
            return Reply(data, last_bits)
        place = self._read(COLL)
        if place & 0x20:  # CollPosNotValid
            raise GarbledFrame("a collision of unknown place")
        return Reply(data, last_bits, place & 0x1F or 32)
