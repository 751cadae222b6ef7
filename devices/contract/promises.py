"""The tests that every driver must pass, for the `ROWS` of the file that imports them."""

from collections.abc import Callable
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.contract.rig import BOARD, Events, settle
from devices.contract.row import Pins, Row
from devices.ports import DeviceError, Fault, FaultCleared
from devices.registry import METER, READER, WiredDevice, wire
from devices.sim.client import SimBench
from devices.wiring import Context

ContextFactory = Callable[[str], Context]
__all__ = [
    "test_a_device_can_be_opened_again",
    "test_close_switches_off_and_is_idempotent",
    "test_hardware_that_is_missing_at_the_start_is_a_fault_and_not_an_error",
    "test_missing_pins_give_a_clear_error",
    "test_opened_means_off_even_after_a_dead_agent_left_it_on",
    "test_options_are_checked_before_hardware_is_touched",
    "test_pins_are_taken_once",
    "test_unplugged_raises_the_named_fault_and_recovers",
]


def wire_row(row: Row, pins: Pins) -> WiredDevice[Any, Any]:
    """Return the row's device with checked options; its hardware is not accessed yet."""
    return wire(row.port, row.table(row.good, pins.folder), "here")


def _levels(bench: SimBench, row: Row) -> list[float]:
    return [bench.do("read", board=BOARD, pin=pin)["level"] for pin in row.outputs]


def test_options_are_checked_before_hardware_is_touched(
    row: Row, pins: Pins, bench: SimBench
) -> None:
    before = bench.state()["pins"]
    with pytest.raises(SettingsError, match=r"^here(\.\w+)?: .*"):
        wire(row.port, row.table(row.bad, pins.folder), "here")
    wire(row.port, row.table(row.good, pins.folder), "here")
    assert bench.state()["pins"] == before


def test_opened_means_off_even_after_a_dead_agent_left_it_on(
    row: Row, pins: Pins, bench: SimBench, context: ContextFactory
) -> None:
    for pin in row.outputs:
        left_on = 1 - row.off_level
        bench.do("configure", board=BOARD, pin=pin, mode="out", level=left_on)
    device = wire_row(row, pins).open(context("d"))
    settle(context("d"))
    assert _levels(bench, row) == [row.off_level] * len(row.outputs)
    device.close()


def test_close_switches_off_and_is_idempotent(
    row: Row, pins: Pins, bench: SimBench, context: ContextFactory
) -> None:
    device = wire_row(row, pins).open(context("d"))
    bench.watch("edge")
    row.use(device)
    if row.outputs:
        bench.wait_for(lambda event: event["pin"] in row.outputs)
    device.close()
    device.close()
    settle(context("d"))
    assert not any(_levels(bench, row)), "let go: only the external pull-down decides"
    state = bench.state()
    assert not any(
        machine["closed"]
        for name, machine in state["machines"].items()
        if name not in ("laser", "active-low")
    )


def test_a_device_can_be_opened_again(row: Row, pins: Pins, context: ContextFactory) -> None:
    one = wire_row(row, pins)
    for _ in range(3):
        one.open(context("d")).close()


def test_pins_are_taken_once(row: Row, pins: Pins, context: ContextFactory) -> None:
    if not row.outputs:
        return
    one = wire_row(row, pins)
    device = one.open(context("first"))
    with pytest.raises(DeviceError, match=r"^second: .*in use"):
        one.open(context("second"))
    device.close()


def test_unplugged_raises_the_named_fault_and_recovers(
    unpluggable: Row, pins: Pins, bench: SimBench, context: ContextFactory, events: Events
) -> None:
    unpluggable.plug(pins, bench, True)
    device = wire_row(unpluggable, pins).open(context("d"))
    unpluggable.plug(pins, bench, False)
    fault = events.first(Fault)
    assert (fault.device, fault.kind) == ("d", unpluggable.unplugged)
    unpluggable.plug(pins, bench, True)
    assert events.first(FaultCleared) == FaultCleared("d", fault.kind)
    device.close()


def test_hardware_that_is_missing_at_the_start_is_a_fault_and_not_an_error(
    unpluggable: Row, pins: Pins, bench: SimBench, context: ContextFactory, events: Events
) -> None:
    unpluggable.plug(pins, bench, False)
    device = wire_row(unpluggable, pins).open(context("d"))
    assert events.first(Fault).kind == unpluggable.unplugged
    unpluggable.plug(pins, bench, True)
    assert events.first(FaultCleared).kind == unpluggable.unplugged
    device.close()


def test_missing_pins_give_a_clear_error(row: Row, pins: Pins, events: Events) -> None:
    if row.port in (READER, METER) or not row.on_pins:
        return
    one = wire_row(row, pins)
    nowhere = Context("d", events.queue.put, BOARD, "sim:/nowhere/pins.sock")
    with pytest.raises(DeviceError, match=r"^simulated pins at /nowhere/pins.sock: "):
        one.open(nowhere)
    with pytest.raises(DeviceError, match="'mock' is unknown; allowed: auto, sim:SOCKET"):
        one.open(Context("d", events.queue.put, BOARD, "mock"))
