"""A simulated Modbus RTU bus: `python -m devices.sim.modbus --link /run/loquet/modbus`.

A real pymodbus server on a pseudo-terminal, with a relay board (unit 1) and an energy meter (unit
2). In config.toml: `power = { driver = "modbus", port = "/run/loquet/modbus", coil = 0 }`.
"""

import argparse
import asyncio
import logging
import os
import struct
import sys
import tty
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from devices.needs import Needs
from devices.sim.console import ConsoleCommand, print_event, run_console

# The data of a relay board and an energy meter, served by pymodbus. The board is unit 1: coils 0 to
# 15, and discrete inputs that show its contacts. The meter is unit 2: input registers as in an
# Eastron SDM120 or SDM230 (float32, big-endian).

BOARD, METER = 1, 2
COILS = 16
VOLTAGE, CURRENT, POWER = 0x0000, 0x0006, 0x000C
METER_REGISTERS = 80
VOLTS = 230.0
_READ_COILS, _WRITE_COIL, _WRITE_COILS = 1, 5, 15


class RelayBoard:
    """The board's coils; a stuck coil accepts a command without switching."""

    def __init__(self) -> None:
        self.coils = [False] * COILS
        self._stuck: set[int] = set()

    def stick(self, coil: int, stuck: bool) -> None:
        """Weld a coil's contact in its state, or free it."""
        _check(coil)
        (self._stuck.add if stuck else self._stuck.discard)(coil)

    def set(self, coil: int, on: bool) -> None:
        """Switch a coil, as the bus, a button on the board or a power cut does."""
        _check(coil)
        if coil not in self._stuck and self.coils[coil] is not on:
            self.coils[coil] = on
            print_event("coil", coil=coil, on=on)

    async def act(
        self, function: int, start: int, address: int, count: int, registers: Any, values: Any
    ) -> None:
        """Called by pymodbus before it reads or writes: carry out writes, and set the current
        values."""
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
        self.override_w: float | None = None

    @property
    def watts(self) -> float:
        """Active power in watts."""
        if self.override_w is not None:
            return self.override_w
        return self.load_w if self._board.coils[0] else 0.0

    async def act(
        self, function: int, start: int, address: int, count: int, registers: Any, values: Any
    ) -> None:
        """Called by pymodbus before it reads: set the current values."""
        for register, value in (
            (VOLTAGE, VOLTS),
            (CURRENT, self.watts / VOLTS),
            (POWER, self.watts),
        ):
            registers[register : register + 2] = struct.unpack(">HH", struct.pack(">f", value))


def _check(coil: int) -> None:
    if not 0 <= coil < COILS:
        raise ValueError(f"no coil {coil} here; allowed: 0 to {COILS - 1}")


# Two pseudo-terminals with a wire between them that can be cut, flip bits or lose replies.


class Wire:
    """The wire; `near` is the path of the device's end, and the other end is at `link` while
    plugged in."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._near, self._near_slave = _pty()
        self.near = os.ttyname(self._near_slave)
        self._far: tuple[int, int] | None = None
        self.lose_replies = 0
        """How many writes of the device will be lost; below 0: all."""
        self.garble = False
        """Whether a bit is flipped in everything that the device writes."""

    def plug(self) -> None:
        """Plug the cable in: a new terminal at the link."""
        if self._far is None:
            self._far = _pty()
            new = self._link.with_name(f".{self._link.name}.new")
            new.unlink(missing_ok=True)
            new.symlink_to(os.ttyname(self._far[1]))
            new.replace(self._link)
            asyncio.get_running_loop().add_reader(self._far[0], self._from_far)

    def unplug(self) -> None:
        """Unplug the cable."""
        if self._far is not None:
            asyncio.get_running_loop().remove_reader(self._far[0])
            self._link.unlink(missing_ok=True)
            for end in self._far:
                os.close(end)
            self._far = None

    def start(self) -> None:
        """Start transferring what the device writes."""
        asyncio.get_running_loop().add_reader(self._near, self._from_near)

    def _from_far(self) -> None:
        with suppress(OSError):
            os.write(self._near, os.read(self._far[0] if self._far else -1, 4096))

    def _from_near(self) -> None:
        data = bytearray(os.read(self._near, 4096))
        if self.lose_replies != 0:
            self.lose_replies -= self.lose_replies > 0
            return
        if self.garble:
            data[len(data) // 2] ^= 0x10
        if self._far is not None:
            with suppress(OSError):
                os.write(self._far[0], data)


def _pty() -> tuple[int, int]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave


def console_commands(
    wire: Wire, board: RelayBoard, meter: EnergyMeter
) -> Mapping[str, ConsoleCommand]:
    """Return the commands for the bus and its devices on the console."""

    def cable(plugged: bool) -> None:
        (wire.plug if plugged else wire.unplug)()

    def lose(replies: int) -> None:
        wire.lose_replies = replies

    def garble(on: bool) -> None:
        wire.garble = on

    def load(watts: float) -> None:
        meter.load_w = watts

    def lie(watts: float | None) -> None:
        meter.override_w = watts

    return {
        "coil": board.set,
        "stick": board.stick,
        "cable": cable,
        "lose": lose,
        "garble": garble,
        "load": load,
        "lie": lie,
    }


async def serve(link: Path, load_w: float) -> None:
    """Serve until standard input is closed."""
    from pymodbus.server import ModbusSerialServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    board = RelayBoard()
    meter = EnergyMeter(board, load_w)
    wire = Wire(link)
    bits = SimData(0, values=[False] * 16, datatype=DataType.BITS)
    registers = SimData(0, values=[0] * METER_REGISTERS, datatype=DataType.REGISTERS)
    server = ModbusSerialServer(
        [
            SimDevice(BOARD, [bits], use_bit_addressing=True, action=board.act),
            SimDevice(METER, [registers], action=meter.act),
        ],
        port=wire.near,
        baudrate=9600,
        ignore_missing_devices=True,
    )
    await server.serve_forever(background=True)
    wire.start()
    wire.plug()
    print_event("ready", link=str(link))
    await run_console(console_commands(wire, board, meter))
    wire.unplug()
    await server.shutdown()  # type: ignore[no-untyped-call]


def main(argv: list[str] | None = None) -> int:
    """Run the process. Exit 0 when its standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.modbus", description=__doc__)
    parser.add_argument("--link", required=True, type=Path, help="path of the bus's terminal")
    parser.add_argument("--load", type=float, default=900.0, help="watts behind coil 0")
    args = parser.parse_args(argv)
    if missing := Needs(modules=("pymodbus",), extra="modbus").missing_text():
        print(f"{parser.prog}: {missing}", file=sys.stderr)
        return 1
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    asyncio.run(serve(args.link, args.load))
    return 0


if __name__ == "__main__":
    sys.exit(main())
