"""A clamp on an ADS1115 follows a machine of the bench, through the chip's registers."""

from collections.abc import Callable

import pytest

from devices.ports import MeterReading, MeterSampled, PowerSwitch
from devices.registry import METER, POWER, wire
from devices.sim.client import SimBench
from devices.wiring import Context
from tests.contract.drivers.rig import Events

Make = Callable[[str], Context]


def test_a_clamp_tells_idle_from_running(bench: SimBench, context: Make, events: Events) -> None:
    table = {"driver": "ads1115", "bus": "sim:saw", "amps_per_volt": 30.0}
    meter = wire(METER, table, "here").open(context("meter"))
    switch: PowerSwitch = wire(POWER, {"driver": "gpio", "pin": 18}, "here").open(context("s"))
    events.first(MeterSampled, lambda one: one.reading == MeterReading(0.0, 0.0), 30)
    switch.on()
    bench.do("job", machine="saw", running=True)
    load = pytest.approx(900, rel=0.05)  # not of what it saw of the moment in which it began
    sample = events.first(MeterSampled, lambda one: one.reading.watts == load, 30)
    assert sample.reading.amps == pytest.approx(900 / 230, rel=0.05)
    switch.off()
    events.first(MeterSampled, lambda one: one.reading.watts == 0, 30)
    switch.close()
    meter.close()
