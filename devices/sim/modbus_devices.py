"""A Modbus relay board and an energy meter, as data that a pymodbus server serves.

The board is unit 1: coils 0 to 15, and discrete inputs that show its contacts. The meter is unit 2:
input registers as an Eastron SDM120 or SDM230 has them (float32, big-endian).
"""

import struct
from typing import Any

from devices.sim.console import say

BOARD, METER = 1, 2
COILS = 16
VOLTAGE, CURRENT, POWER = 0x0000, 0x0006, 0x000C
METER_REGISTERS = 80
VOLTS = 230.0
_READ_COILS, _WRITE_COIL, _WRITE_COILS = 1, 5, 15


class RelayBoard:
    """Its coils; one that is stuck takes a command and stays as it is."""

    def __init__(self) -> None:
        self.coils = [False] * COILS
        self._stuck: set[int] = set()

    def stick(self, coil: int, stuck: bool) -> None:
        """Weld a coil's contact where it is, or free it."""
        _check(coil)
        (self._stuck.add if stuck else self._stuck.discard)(coil)

    def set(self, coil: int, on: bool) -> None:
        """Move a coil, as the bus, a button on the board or a power cut does."""
        _check(coil)
        if coil not in self._stuck and self.coils[coil] is not on:
            self.coils[coil] = on
            say("coil", coil=coil, on=on)

    async def act(
        self, function: int, start: int, address: int, count: int, registers: Any, values: Any
    ) -> None:
        """pymodbus asks before it reads or writes: carry writes out, show what is."""
        if values:
            for offset, value in enumerate(list(values)):
                self.set(address + offset, bool(value))
                values[offset] = self.coils[address + offset]
        word = sum(on << bit for bit, on in enumerate(self.coils))
        registers[0] = word


class EnergyMeter:
    """Reports the load while coil 0 is on, or a value that was set."""

    def __init__(self, board: RelayBoard, load_w: float) -> None:
        self._board = board
        self.load_w = load_w
        self.lying_w: float | None = None

    @property
    def watts(self) -> float:
        """Active power in watts."""
        if self.lying_w is not None:
            return self.lying_w
        return self.load_w if self._board.coils[0] else 0.0

    async def act(
        self, function: int, start: int, address: int, count: int, registers: Any, values: Any
    ) -> None:
        """pymodbus asks before it reads: put what flows now."""
        for register, value in (
            (VOLTAGE, VOLTS),
            (CURRENT, self.watts / VOLTS),
            (POWER, self.watts),
        ):
            registers[register : register + 2] = struct.unpack(">HH", struct.pack(">f", value))


def _check(coil: int) -> None:
    if not 0 <= coil < COILS:
        raise ValueError(f"no coil {coil} here; allowed: 0 to {COILS - 1}")
