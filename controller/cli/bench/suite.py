"""How long the last whole `./run test` took here."""

from pathlib import Path

import msgspec

from controller.cli.bench.figure import Figure

LAST = Path(__file__).parents[3] / ".cache" / "suite.json"


class Suite(msgspec.Struct, frozen=True):
    """What `./run test` leaves when all has passed."""

    seconds: float
    tests: int
    cores: int


def measure(file: Path) -> Figure:
    """Seconds, set-up left out; without a value where the suite never passed."""
    try:
        last = msgspec.json.decode(file.read_bytes(), type=Suite)
    except FileNotFoundError:
        return Figure("suite_s", "s", note="none yet: ./run test has not passed here")
    note = f"the last whole ./run test: {last.tests} tests, {last.cores} cores"
    return Figure("suite_s", "s", value=last.seconds, note=note)
