"""Measure from the last byte of a badge's frame to the switched pin, alternating with the floor."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from controller.cli.bench.figure import Figure, percentile, percentile_figure
from controller.cli.bench.venue import GONE_AFTER_S, MACHINES, Venue

RUNS = 5
"""Number of runs of each kind."""
CYCLES = 25
"""Cycles in a run; each taps every machine on and off. 5 runs give 375 taps."""
_APART_S = 0.015
"""Pause in seconds after each tap, so that the previous one has been journalled."""


@dataclass
class _Samples:
    """Measured milliseconds."""

    taps: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    mock: list[float] = field(default_factory=list)


def measure(small: Venue, large: Venue | None, *, broker_dead: bool) -> list[Figure]:
    """Measure five runs of each kind, alternating, so that other load affects all.

    `broker_dead`: also without a broker.
    """
    normal, brokerless, crowded = _Samples(), _Samples(), _Samples()
    for _ in range(RUNS):
        small.settle()
        _run(small, normal)
        if broker_dead:
            with _broker_killed(small):
                _run(small, brokerless)
        if large is not None:
            large.settle()
            _run(large, crowded)
    base = percentile(normal.taps, 50)
    figures = [
        percentile_figure("tap_to_pin", "ms", normal.taps, normal.floor, _note(normal)),
        percentile_figure(
            "tap_to_pin_mock_floor", "ms", normal.mock, note="floor with a mock pin in its process"
        ),
    ]
    if broker_dead:
        figures.append(_compared_figure("tap_to_pin_broker_dead", brokerless, base))
    if large is not None:
        figures.append(_compared_figure("tap_to_pin_100k", crowded, base))
    return figures


def _compared_figure(name: str, samples: _Samples, base: float) -> Figure:
    more = percentile(samples.taps, 50) / base - 1
    note = f"{_note(samples)}; p50 {more:+.0%} of tap_to_pin's"
    return percentile_figure(name, "ms", samples.taps, samples.floor, note)


def _note(samples: _Samples) -> str:
    """Return the note with the floor's p99, which shows the computer's own delays."""
    return f"of {len(samples.taps)}; floor's p99 {percentile(samples.floor, 99):.3g}"


@contextmanager
def _broker_killed(venue: Venue) -> Iterator[None]:
    broker = venue.demo.broker
    broker.stays_down = True
    os.kill(broker.pid, signal.SIGKILL)
    try:
        yield
    finally:
        broker.stays_down = False


def _run(venue: Venue, samples: _Samples) -> None:
    for _ in range(CYCLES):
        badges = random.sample(venue.badges, len(MACHINES))
        for on in (True, False):
            end = time.monotonic() + GONE_AFTER_S + _APART_S
            for machine, badge in zip(MACHINES, badges, strict=True):
                milliseconds = _tap(venue, machine, badge, on)
                if on:
                    samples.taps.append(milliseconds)
                time.sleep(_APART_S)
                _floors(venue, samples)
            time.sleep(max(0.0, end - time.monotonic()))


def _floors(venue: Venue, samples: _Samples) -> None:
    for floor, floor_samples in ((venue.floor, samples.floor), (venue.mock_floor, samples.mock)):
        if (milliseconds := floor.tap()) is not None:
            floor_samples.append(milliseconds)
        time.sleep(_APART_S)


def _tap(venue: Venue, machine: str, badge: str, on: bool) -> float:
    """Return milliseconds from frame to edge, both by the clock of the pins process."""
    at = venue.bench.do("tap", reader=machine, credential=badge)["at"]
    event = venue.bench.wait_for(
        lambda event: event["machine"] == machine and event["closed"] is on
    )
    return float(event["at"] - at) * 1000
