"""What a new box is made of: a reader and a relay, and the wiring that its Pi gets with its code.

Wiring stays the Pi's own (docs/wiring.md): this is only what is proposed to one that has none.
"""

import re
from enum import StrEnum
from typing import Any

from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.facts import Risk
from controller.kernel.errors import Invalid

POWER_PIN = 17
"""BCM; 11 on the header."""
SERIAL_PORT, USB_PORT = "/dev/serial0", "/dev/ttyUSB0"
_PATH = re.compile(r"/[A-Za-z0-9._:@+/-]{1,200}")


class Reader(StrEnum):
    """A badge reader that Setup knows how to wire."""

    RC522 = "rc522"
    PN532 = "pn532"
    EM4100 = "em4100_serial"
    OTHER = "other"
    """Whoever mounts it writes the Pi's configuration."""


SERIAL = frozenset({Reader.PN532, Reader.EM4100})
"""Those on a serial port."""


def wiring(point: AccessPoint, reader: Reader, port: str) -> dict[str, Any] | None:
    """The wiring of a machine with that reader; None where somebody else writes it.

    A dangerous machine gets a switch that falls off by itself when its agent stops (gpio_pulse).
    Raises Invalid for a port that is no path.
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
    """Its wiring alone. Raises Invalid for a port that is no path."""
    if reader not in SERIAL:
        return {"driver": reader.value}
    if not _PATH.fullmatch(port):
        raise Invalid.of("port", f"a device's path, such as {SERIAL_PORT}")
    return {"driver": reader.value, "port": port}


def reader_line(reader: Reader, port: str) -> str:
    """The same as it stands in the Pi's configuration. Raises Invalid."""
    given = ", ".join(f'{key} = "{value}"' for key, value in reader_table(reader, port).items())
    return f"reader = {{ {given} }}"
