"""The reader and relay of a new box, and the wiring that its Pi gets with its code.

The Pi owns its wiring (docs/wiring.md); this is only a proposal for a Pi without one.
"""

import re
from enum import StrEnum
from typing import Any

from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.facts import Risk
from controller.kernel.errors import Invalid

POWER_PIN = 17
"""BCM number; pin 11 of the header."""
SERIAL_PORT, USB_PORT = "/dev/serial0", "/dev/ttyUSB0"
_PATH = re.compile(r"/[A-Za-z0-9._:@+/-]{1,200}")


class Reader(StrEnum):
    """A badge reader for which Setup can propose a wiring."""

    RC522 = "rc522"
    PN532 = "pn532"
    EM4100 = "em4100_serial"
    OTHER = "other"
    """Another reader; the Pi's configuration is written by hand."""


SERIAL = frozenset({Reader.PN532, Reader.EM4100})
"""Readers on a serial port."""


def wiring(point: AccessPoint, reader: Reader, port: str) -> dict[str, Any] | None:
    """Return the wiring of a machine with that reader; None if it is written by hand.

    A dangerous machine gets a switch that opens by itself when its agent stops (gpio_pulse). Raises
    Invalid if the port is not a path.
    """
    if reader is Reader.OTHER:
        return None
    power = "gpio_pulse" if point.risk is Risk.DANGEROUS else "gpio"
    wired = {
        "id": point.id,
        "kind": point.kind.value,
        "reader": reader_table(reader, port),
        "power": {"driver": power, "pin": POWER_PIN},
    }
    return {"access_points": [wired]}


def reader_table(reader: Reader, port: str) -> dict[str, str]:
    """Return the wiring of the reader only. Raises Invalid if the port is not a path."""
    if reader not in SERIAL:
        return {"driver": reader.value}
    if not _PATH.fullmatch(port):
        raise Invalid.of("port", f"a device's path, such as {SERIAL_PORT}")
    return {"driver": reader.value, "port": port}


def reader_line(reader: Reader, port: str) -> str:
    """Return the reader's wiring as a line of the Pi's configuration. Raises Invalid."""
    settings = ", ".join(f'{key} = "{value}"' for key, value in reader_table(reader, port).items())
    return f"reader = {{ {settings} }}"
