"""The process of the floor: it reads a frame and toggles a pin, and does nothing else."""

import sys
import time

import serial
from gpiozero import DigitalOutputDevice
from gpiozero.pins.mock import MockFactory

from devices.sim.pin_factory import SimFactory


def main(kind: str, port: str, socket: str, board: str, pin: int, length: int) -> None:
    """Serve until killed.

    Prints `ready`, then, with a mock pin, the time of each edge.
    """
    factory = MockFactory() if kind == "mock" else SimFactory(socket, board)
    output = DigitalOutputDevice(pin, pin_factory=factory)
    with serial.Serial(port, 9600, exclusive=True) as reader:
        print("ready", flush=True)
        while True:
            reader.read(length)
            output.toggle()
            if kind == "mock":
                print(time.monotonic(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:5], *map(int, sys.argv[5:7]))  # type: ignore[arg-type]
