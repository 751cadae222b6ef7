"""Report how long the last complete `./run test` took on this computer."""

from pathlib import Path

import msgspec

from controller.cli.bench.figure import Figure

LAST = Path(__file__).parents[3] / ".cache" / "suite.json"
"""Where `./run test` writes its result."""


class Suite(msgspec.Struct, frozen=True):
    """What `./run test` writes after all tests have passed."""

    seconds: float
    tests: int
    cores: int


def measure(file: Path) -> Figure:
    """Return the seconds without set-up; there is no value if the suite has never passed."""
    try:
        last = msgspec.json.decode(file.read_bytes(), type=Suite)
    except FileNotFoundError:
        return Figure("suite_s", "s", note="none yet: ./run test has not passed here")
    note = f"the last whole ./run test: {last.tests} tests, {last.cores} cores"
    return Figure("suite_s", "s", value=last.seconds, note=note)
