"""Fixtures of the driver contract: a bench in a process of its own, events, contexts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devices.sim.client import SimBench
from devices.wiring import Context, Shared
from tests.contract.drivers.rig import BOARD, Events, bench_file
from tests.support.pins import Pins


@pytest.fixture
def pins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pins]:
    pins = Pins(bench_file(tmp_path_factory.mktemp("p")))
    yield pins
    if pins.process.returncode is None:
        assert pins.end() == 0


@pytest.fixture
def bench(pins: Pins) -> Iterator[SimBench]:
    with SimBench(pins.socket) as bench:
        yield bench


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def context(pins: Pins, events: Events) -> Iterator[Callable[[str], Context]]:
    """Makes the Context of a device; what they share is closed at the end."""
    shared = Shared()

    def make(device: str, **more: Any) -> Context:
        pins_at = f"sim:{pins.socket}"
        return Context(device, events.queue.put, BOARD, pins_at, shared, **more)

    yield make
    shared.close()
