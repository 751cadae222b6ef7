"""The bench's own clock, on which what the other tests say of the firmware's times rests."""

import os
import time

import pytest

from tests.firmware.bridge.mcu import CYCLES_PER_MS, Mcu

pytestmark = pytest.mark.needs("avr-gcc")
WORDS = 5000
PAUSE_S = 50e-6
CATCHES_UP_MS = 100
SLICE_MS = 1
"""What a bench that was kept waiting makes up for, and a slice of its time, rounded up."""


def test_the_bench_never_runs_ahead_of_the_wall_however_often_the_host_speaks(mcu: Mcu) -> None:
    """A busy machine makes the bench late, never early, so this bound holds on any."""
    port = os.open(mcu.link, os.O_RDWR | os.O_NOCTTY)
    began_s = time.monotonic()
    first = mcu.now()
    for _ in range(WORDS):
        os.write(port, b"\0")
        time.sleep(PAUSE_S)  # one by one, so that each wakes the bench
    ran_ms = (mcu.now() - first) / CYCLES_PER_MS
    wall_ms = (time.monotonic() - began_s) * 1000
    os.close(port)
    assert ran_ms <= wall_ms + CATCHES_UP_MS + SLICE_MS
