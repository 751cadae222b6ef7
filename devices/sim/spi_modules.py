"""Modules that stand for `spidev` and `RPi.GPIO` under the real `mfrc522` package."""

import sys
import threading
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from devices.drivers.contactless.spi_registers import Wire

BOARD, BCM, OUT, IN = 10, 11, 0, 1
_lock = threading.Lock()
_opening = threading.local()


Connect = Callable[[int, int], Wire]


class SpiDev:
    """Stands for spidev.SpiDev: what `mfrc522` uses of it."""

    max_speed_hz = 0

    def open(self, bus: int, device: int) -> None:
        """Connect to what `package_over` says is there. Raises OSError."""
        connect: Connect = _opening.connect
        self._wire = connect(bus, device)

    def xfer2(self, values: list[int]) -> list[int]:
        """Clock bytes out and in. Raises OSError."""
        return list(self._wire.transfer(bytes(values)))

    def close(self) -> None:
        """Let go."""
        self._wire.close()


class _Pins(ModuleType):
    """Stands for RPi.GPIO, whose only part here is a reset pin that stays high."""

    BOARD, BCM, OUT, IN = BOARD, BCM, OUT, IN

    def __init__(self) -> None:
        super().__init__("RPi.GPIO")
        self._mode: int | None = None
        self.levels: dict[int, int] = {}

    def getmode(self) -> int | None:
        return self._mode

    def setmode(self, mode: int) -> None:
        self._mode = mode

    def setup(self, channel: int, direction: int) -> None:
        self.levels.setdefault(channel, direction)

    def output(self, channel: int, level: int) -> None:
        self.levels[channel] = level


def package_over(connect: Connect) -> Callable[..., Any]:
    """`mfrc522.MFRC522`, whose bus and chip select are what `connect` makes. Raises ImportError."""
    made = _load()

    def make(**arguments: Any) -> Any:
        _opening.connect = connect
        return made(**arguments)

    return make


@cache
def _load() -> Any:
    """Import the package once with these modules where it looks for the real ones.

    All are taken out of `sys.modules` again: others who import the package get the real one.
    """
    spidev, rpi, pins = ModuleType("spidev"), ModuleType("RPi"), _Pins()
    vars(spidev)["SpiDev"] = SpiDev
    vars(rpi)["GPIO"] = pins
    ours = {"spidev": spidev, "RPi": rpi, "RPi.GPIO": pins}
    with _lock:
        before = {name: sys.modules[name] for name in list(sys.modules) if _is_part(name)}
        for name in before:
            del sys.modules[name]
        sys.modules.update(ours)
        try:
            from mfrc522 import MFRC522
        finally:
            for name in filter(_is_part, list(sys.modules)):
                del sys.modules[name]
            sys.modules.update(before)
    return MFRC522


def _is_part(module: str) -> bool:
    return module.partition(".")[0] in ("mfrc522", "spidev", "RPi")
