"""Over a serial port to the shipped elf, in real time: the Pi's process dies, hangs, is unplugged.

What is asserted is in the chip's own CPU cycles, from the last answer that renewed its relay to its
opening. That answer is sent after the deed, so the relay's time is all that may go by from it.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cobs import cobs

from tests.firmware.board import CYCLES_PER_MS
from tests.firmware.make_vectors import CODES
from tests.support.firmware import Firmware

pytestmark = pytest.mark.needs("avr-gcc")
TTL_MS = 500


class LiveBoard:
    """The bench in real time, with a port."""

    def __init__(self, firmware: Firmware, port: Path) -> None:
        command = [str(firmware.bench), str(firmware.elf), "--frames", "--link", str(port)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.renewed_at = 0
        self.wait(lambda line: "ready" in line)

    def command(self, line: str) -> None:
        """Gives the bench a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> int:
        """The cycle of the first line that is wanted; notes when power was last renewed before."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line = json.loads(text)
            if is_status(line):
                self.renewed_at = line["cycle"]
            if wanted(line):
                return int(line["cycle"])
        raise AssertionError("the bench has ended")


def is_sent(kind: str, line: dict[str, Any]) -> bool:
    """Whether the chip has just sent a frame of this type."""
    try:
        plain = cobs.decode(bytes.fromhex(line.get("frame", "00"))[:-1])
    except cobs.DecodeError:
        return False
    return len(plain) >= 14 and plain[1] == CODES[kind]


is_status = partial(is_sent, "STATUS")  # SET or RENEW was taken


def relay_at(level: int) -> Callable[[dict[str, Any]], bool]:
    """Tells a line that says that relay 0 went there."""
    return lambda line: line.get("pin") == "C0" and line["level"] == level


@pytest.fixture
def live(firmware: Firmware, tmp_path: Path) -> Iterator[LiveBoard]:
    board = LiveBoard(firmware, tmp_path / "port")
    yield board
    board.process.communicate("quit\n", timeout=60)


def start_renewer(port: Path) -> subprocess.Popen[bytes]:
    """A process that closes relay 0 and holds it closed."""
    command = [sys.executable, "-m", "tests.firmware.renewer", str(port), str(TTL_MS)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.fixture
def renewer(live: LiveBoard, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A host that holds the relay closed, and has renewed it a few times."""
    with start_renewer(tmp_path / "port") as process:
        live.wait(relay_at(1))
        for _ in range(5):
            live.wait(is_status)
        yield process
        process.kill()


def stays_closed_ms(live: LiveBoard) -> float:
    """How long the relay stayed closed after the answer to its last renewal."""
    opened_at = live.wait(relay_at(0))
    return (opened_at - live.renewed_at) / CYCLES_PER_MS


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_power_ends_when_the_process_is_killed_or_hangs(
    live: LiveBoard, renewer: subprocess.Popen[bytes], how: signal.Signals
) -> None:
    renewer.send_signal(how)
    assert stays_closed_ms(live) <= TTL_MS


def test_power_ends_when_the_cable_is_unplugged_and_the_link_comes_back(
    live: LiveBoard, renewer: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    live.command("unplug")
    assert stays_closed_ms(live) <= TTL_MS
    assert renewer.wait(timeout=60) != 0
    live.command("plug")
    live.command("pin B0 0")
    live.wait(partial(is_sent, "INPUT"))
    with start_renewer(tmp_path / "port") as second:
        live.wait(relay_at(1))
        second.kill()
