"""The bench for the drivers' contract, and a queue for drivers' events."""

import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

import pytest

from devices.drivers.gpio.pins import pin_factory
from devices.ports import DeviceEvent
from devices.wiring import Context

BOARD = "board-1"
BENCH = f"""
[[machine]]
name = "laser"
board = "{BOARD}"
pin = 17
drive = "pump"
hold_ms = 200
feedback_pin = 27
standby_w = 12
job_w = 1150
[[machine]]
name = "saw"
board = "{BOARD}"
pin = 18
feedback_pin = 26
standby_w = 3
job_w = 900
[[machine]]
name = "active-low"
board = "{BOARD}"
pin = 19
active_high = false
[[door]]
name = "front"
board = "{BOARD}"
pin = 5
contact_pin = 6
[[door]]
name = "exit"
board = "{BOARD}"
pin = 7
fail = "fail_safe"
[[contact]]
name = "estop"
board = "{BOARD}"
pin = 22
rest = 0
[[contact]]
name = "rex"
board = "{BOARD}"
pin = 23
"""
READERS = """
[[reader]]
name = "rdm"
link = "{folder}/rdm"
[[reader]]
name = "id12"
link = "{folder}/id12"
model = "id12"
[[reader]]
name = "rc522"
model = "rc522"
board = "board-1"
[[reader]]
name = "pn532"
model = "pn532"
link = "{folder}/pn532"
[[bridge]]
name = "mcu"
link = "{folder}/mcu"
adc = ["saw"]
"""
E = TypeVar("E")
WAIT_S = 20.0
"""How long to wait for an event; the computer may be busy."""


class Events:
    """Collects drivers' events, in order."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[DeviceEvent] = SimpleQueue()

    def next(self, kind: type[E], timeout_s: float = WAIT_S) -> E:
        """Return the next event, which must be of that type; the test fails if none comes in
        time."""
        try:
            event = self.queue.get(timeout=timeout_s)
        except Empty:
            pytest.fail(f"no {kind.__name__} within {timeout_s} s")
        assert isinstance(event, kind), event
        return event

    def first(
        self, kind: type[E], wanted: Callable[[E], bool] = lambda _: True, timeout_s: float = WAIT_S
    ) -> E:
        """Return the first event of that type that `wanted` accepts; other events are skipped."""
        end = time.monotonic() + timeout_s
        while (left_s := end - time.monotonic()) > 0:
            try:
                event = self.queue.get(timeout=left_s)
            except Empty:
                break
            if isinstance(event, kind) and wanted(event):
                return event
        pytest.fail(f"no such {kind.__name__} within {timeout_s} s")


def settle(context: Context) -> None:
    """Wait until the pins process has handled everything that this board has written."""
    pin_factory(context).link.read(0)


def bench_file(folder: Path) -> Path:
    """Write the contract's bench to that folder, and return the file."""
    file = folder / "bench.toml"
    file.write_text(BENCH + READERS.format(folder=folder))
    return file
