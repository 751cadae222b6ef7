"""This package's drivers keep what Loquet's own keep."""

from devices.contract import READER, FaultKind, Row
from devices.contract.promises import *  # noqa: F403

ROWS = (
    Row(
        READER,
        "hex_lines",
        good={"port": "{folder}/rdm"},  # a serial line of the simulated bench
        bad={"port": "ttyACM0"},
        unplugged=FaultKind.READER_UNPLUGGED,
        pull=("cable", {"reader": "rdm", "plugged": False}, {"reader": "rdm", "plugged": True}),
    ),
)
