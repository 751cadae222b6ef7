"""This package's drivers keep what Loquet's own keep."""

from pathlib import Path

from devices.contract import READER, FaultKind, Row
from devices.contract.promises import *  # noqa: F403


def cable(folder: Path, plugged: bool) -> None:
    """The serial line is a link to the bench's reader; without it nobody is there."""
    line = folder / "line"
    line.unlink(missing_ok=True)
    if plugged:
        line.symlink_to(folder / "rdm")


ROWS = (
    Row(
        READER,
        "hex_lines",
        good={"port": "{folder}/line"},
        bad={"port": "ttyACM0"},
        unplugged=FaultKind.READER_UNPLUGGED,
        cable=cable,
    ),
)
