"""Fixtures of the drivers' contract: rows, a simulated bench in its own process, events,
contexts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devices.contract.rig import BOARD, Events, bench_file
from devices.contract.row import Pins, Row
from devices.sim.client import SimBench
from devices.wiring import Context, SharedResources

pytest.register_assert_rewrite("devices.contract.promises")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of the contract for each of the file's ROWS to which it applies."""
    rows: tuple[Row, ...] = getattr(metafunc.module, "ROWS", ())
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", rows, ids=[row.name for row in rows])
    if "unpluggable" in metafunc.fixturenames:
        those = [row for row in rows if row.unplugged]
        marked = [pytest.param(row, marks=_needs_marks(row), id=row.name) for row in those]
        metafunc.parametrize("unpluggable", marked)


def _needs_marks(row: Row) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.needs(row.needs),) if row.needs else ()


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
    """Return a function that makes a device's Context; shared resources are closed at the end."""
    shared = SharedResources()

    def make(device: str, **more: Any) -> Context:
        pins_at = f"sim:{pins.socket}"
        return Context(device, events.queue.put, BOARD, pins_at, shared, **more)

    yield make
    shared.close()
