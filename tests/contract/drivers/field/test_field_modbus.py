"""A relay board and an energy meter on one Modbus bus, served by pymodbus."""

from collections.abc import Callable, Iterator

import pytest

from controller.settings import SettingsError
from devices.ports import (
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    Meter,
    MeterReading,
    MeterSampled,
    PowerSwitch,
    SwitchReported,
    SwitchState,
)
from devices.registry import METER, POWER, wire
from devices.wiring import Context, SharedResources
from tests.contract.drivers.field.field_rig import WAIT_S, Field, reads, ready
from tests.contract.drivers.rig import Events
from tests.support.until import until

Opened = Callable[..., PowerSwitch]
SDM = {"driver": "modbus", "unit": 2, "model": "sdm120"}


@pytest.fixture
def shared() -> Iterator[SharedResources]:
    shared = SharedResources()
    yield shared
    shared.close()


@pytest.fixture
def context(shared: SharedResources, events: Events) -> Callable[[str], Context]:
    return lambda device: Context(device, events.queue.put, "a", "auto", shared)


def test_a_lost_reply_is_no_failed_switch(modbus: Field, opened: Opened, events: Events) -> None:
    switch = opened(modbus)
    reads(switch, SwitchState.OFF)
    modbus.sim.do("lose", replies=1)
    switch.on()
    report = events.first(SwitchReported, lambda one: one.state is not SwitchState.OFF, WAIT_S)
    assert report.state is SwitchState.ON, "it moved: what was read back says so"
    assert modbus.sim.moves() == [True]
    assert events.queue.empty(), "and no fault was told"


def test_garbled_answers_are_not_taken_for_a_state(
    modbus: Field, opened: Opened, events: Events
) -> None:
    switch = opened(modbus)
    reads(switch, SwitchState.OFF)
    modbus.sim.do("garble", on=True)
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.kind is FaultKind.SWITCH_UNREACHABLE
    assert switch.state() is SwitchState.UNKNOWN
    modbus.sim.do("garble", on=False)
    events.first(FaultCleared, timeout_s=WAIT_S)
    assert modbus.sim.moves() == []


def test_devices_share_a_bus_and_a_missing_one_hurts_none(
    modbus: Field, context: Callable[[str], Context], events: Events
) -> None:
    port = modbus.table["port"]
    one = wire(POWER, {"driver": "modbus", **modbus.table}, "here").open(context("1/power"))
    other = wire(POWER, {"driver": "modbus", "port": port, "coil": 5}, "here").open(
        context("2/power")
    )
    absent = wire(POWER, {"driver": "modbus", "port": port, "coil": 0, "unit": 9}, "here").open(
        context("9/power")
    )
    meter = wire(METER, {**SDM, "port": port}, "here").open(context("1/meter"))
    ready(one)
    reads(other, SwitchState.OFF)
    sample = events.first(MeterSampled, lambda sample: sample.reading.watts == 900, WAIT_S)
    assert sample.reading.amps == pytest.approx(900 / 230, rel=1e-4)
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.device == "9/power"
    assert one.state() is SwitchState.ON
    for device in (one, other, absent, meter):
        device.close()


def test_one_port_has_one_speed(modbus: Field, context: Callable[[str], Context]) -> None:
    first = wire(POWER, {"driver": "modbus", **modbus.table}, "here").open(context("d"))
    wired = wire(METER, {**SDM, "port": modbus.table["port"], "baud": 19200}, "here")
    with pytest.raises(DeviceError, match=r"^m: .* is open with 9600 baud, parity N for another"):
        wired.open(context("m"))
    first.close()


def test_the_auxiliary_contact_decides_where_there_is_one(modbus: Field, opened: Opened) -> None:
    switch = opened(modbus, coil=3, feedback=0)
    reads(switch, SwitchState.OFF)
    modbus.by_hand(True)
    reads(switch, SwitchState.ON)


def test_a_meter_goes_unknown_when_its_bus_does(
    modbus: Field, context: Callable[[str], Context], events: Events
) -> None:
    meter: Meter = wire(METER, {**SDM, "port": modbus.table["port"]}, "here").open(context("m"))
    events.first(MeterSampled, lambda sample: sample.reading.watts == 0, WAIT_S)
    modbus.unplug()
    assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.METER_SILENT
    assert meter.reading() == MeterReading()
    modbus.plug()
    assert events.first(FaultCleared, timeout_s=WAIT_S).kind is FaultKind.METER_SILENT
    until(lambda: meter.reading().watts == 0, "it reads again")
    meter.close()
    meter.close()


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"model": "generic"}, "watts_register"),
        ({"model": "sdm120", "watts_register": 3}, "watts_register"),
        ({"model": "generic", "watts_register": 70000}, "watts_register"),
        ({"model": "sdm121"}, "model"),
        ({"model": "sdm230", "table": "coils"}, "table"),
        ({"model": "sdm230", "running_above_w": 5.0}, "idle_below_w"),
    ],
)
def test_a_meters_options_are_checked_first(table: dict[str, object], key: str) -> None:
    with pytest.raises(SettingsError, match=rf"^here\.{key}: "):
        wire(METER, {"driver": "modbus", "port": "/nowhere", **table}, "here")


@pytest.mark.parametrize("watts", [900.0, -900.0])
def test_a_meter_of_ones_own_is_read_by_its_register(
    watts: float, modbus: Field, context: Callable[[str], Context], events: Events
) -> None:
    modbus.sim.do("lie", watts=watts)
    table = {"model": "generic", "watts_register": 12, "scale": 0.001}
    wired = wire(METER, {**SDM, **table, "port": modbus.table["port"]}, "here")
    meter = wired.open(context("m"))
    sample = events.first(MeterSampled, timeout_s=WAIT_S)
    assert sample.reading.watts == pytest.approx(0.9), "a clamp may be turned round"
    meter.close()
    modbus.sim.do("lie", watts=None)
