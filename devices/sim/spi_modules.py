"""Fake `spidev` and `RPi.GPIO` modules on which the real `mfrc522` package runs."""

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
    """Replaces spidev.SpiDev, with the methods that `mfrc522` uses."""

    max_speed_hz = 0

    def open(self, bus: int, device: int) -> None:
        """Connect with the function that was passed to `mfrc522_with`. Raises OSError."""
        connect: Connect = _opening.connect
        self._wire = connect(bus, device)

    def xfer2(self, values: list[int]) -> list[int]:
        """Clock bytes out and in. Raises OSError."""
        return list(self._wire.transfer(bytes(values)))

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()


class _Pins(ModuleType):
    """Replaces RPi.GPIO, of which `mfrc522` only uses a reset pin that stays high."""

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


def mfrc522_with(connect: Connect) -> Callable[..., Any]:
    """Return `mfrc522.MFRC522`, which opens its bus with `connect`. Raises ImportError."""
    package = _load()

    def make(**arguments: Any) -> Any:
        _opening.connect = connect
        return package(**arguments)

    return make


@cache
def _load() -> Any:
    """Import the package once, with these modules in place of the real ones.

    They are removed from `sys.modules` afterwards, so that others who import it get the real ones.
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
