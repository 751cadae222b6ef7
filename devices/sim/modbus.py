"""A simulated Modbus RTU bus: `python -m devices.sim.modbus --link /run/loquet/modbus`.

A real pymodbus server on a pseudo-terminal, with a relay board (unit 1) and an energy meter (unit
2). In config.toml: `power = { driver = "modbus", port = "/run/loquet/modbus", coil = 0 }`.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from devices.needs import Needs
from devices.sim.console import Deed, obey, say
from devices.sim.modbus_devices import BOARD, METER, METER_REGISTERS, EnergyMeter, RelayBoard
from devices.sim.wire import Wire


def deeds(wire: Wire, board: RelayBoard, meter: EnergyMeter) -> Mapping[str, Deed]:
    """What can be done to the bus and its devices from the console."""

    def cable(plugged: bool) -> None:
        (wire.plug if plugged else wire.unplug)()

    def lose(replies: int) -> None:
        wire.lose_replies = replies

    def garble(on: bool) -> None:
        wire.garble = on

    def load(watts: float) -> None:
        meter.load_w = watts

    def lie(watts: float | None) -> None:
        meter.lying_w = watts

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
    say("ready", link=str(link))
    await obey(deeds(wire, board, meter))
    wire.unplug()
    await server.shutdown()  # type: ignore[no-untyped-call]


def main(argv: list[str] | None = None) -> int:
    """Run the process. Exit 0 when its standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.modbus", description=__doc__)
    parser.add_argument("--link", required=True, type=Path, help="path of the bus's terminal")
    parser.add_argument("--load", type=float, default=900.0, help="watts behind coil 0")
    args = parser.parse_args(argv)
    if lacking := Needs(modules=("pymodbus",), extra="modbus").lacking():
        print(f"{parser.prog}: {lacking}", file=sys.stderr)
        return 1
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    asyncio.run(serve(args.link, args.load))
    return 0


if __name__ == "__main__":
    sys.exit(main())
