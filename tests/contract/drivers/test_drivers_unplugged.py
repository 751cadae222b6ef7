"""Every registered driver tells within 5 s that its hardware is gone, and when it is back.

How: a driver declares in `detects_s` within how long it tells, as a sum of the timeouts that it
really uses. This sum is compared with the promise here, on no clock at all: a busy computer that
wakes a thread late fails nothing. *That* the named fault comes, and goes when the device is back,
is shown by the tests named below, against the simulated hardware or the real peer, each waiting
for the event and not for a time. A driver that can't tell says so (`detects_s` None), with why.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from pymodbus.exceptions import ModbusIOException

from devices.drivers.meter_thread import MeterReports
from devices.drivers.modbus.bus import LostReply, ModbusBus
from devices.drivers.remote_switch import SILENT_S, RemoteSwitch
from devices.ports import DeviceEvent, Fault, FaultKind, MeterReading
from devices.registry import PORTS, load_driver
from devices.wiring import Context
from tests.contract.drivers.field.test_field_modbus import (
    test_a_meter_goes_unknown_when_its_bus_does as modbus_meter,
)
from tests.contract.drivers.field.test_field_plugs import (
    test_its_meter_follows_the_load_and_is_unknown_when_offline as plug_meter,
)
from tests.contract.drivers.field.test_field_power import (
    test_unplugged_is_a_named_fault_and_it_comes_back_off as field_power,
)
from tests.contract.drivers.field.test_field_strike import (
    test_unplugged_is_a_named_fault_and_what_was_wanted_comes_back as modbus_strike,
)
from tests.contract.drivers.test_drivers_every import ROWS
from tests.contract.drivers.test_drivers_every import (
    test_switches_and_inputs_notice_that_the_pins_died_and_come_back as pins_died,
)
from tests.contract.drivers.test_drivers_jobs import (
    test_a_pulled_cable_is_a_fault_and_unknown_and_comes_back_by_itself as print_server,
)
from tests.contract.drivers.test_drivers_osdp import (
    test_unplugged_is_the_named_fault_and_recovers as osdp,
)
from tests.contract.drivers.test_drivers_wedge import (
    test_unplugged_is_the_named_fault_and_recovers as wedge,
)
from tools.hardware.own_drivers import ours

PROMISE_S = 5.0
Shown = Callable[..., Any]
SHOWN: dict[tuple[str, str], Shown] = {
    ("reader", "osdp"): osdp,
    ("reader", "keyboard_wedge"): wedge,
    ("inputs", "gpio"): pins_died,
    ("power", "modbus"): field_power,
    ("power", "shelly"): field_power,
    ("power", "tasmota"): field_power,
    ("strike", "modbus"): modbus_strike,
    ("meter", "modbus"): modbus_meter,
    ("meter", "shelly"): plug_meter,
    ("meter", "tasmota"): plug_meter,
    ("meter", "octoprint"): print_server,
    ("meter", "moonraker"): print_server,
}
"""By which test; those of the table of all drivers show it by their own row."""
CANNOT_TELL = {
    (
        "power",
        "gpio",
    ): "a pin drives a wire and hears nothing of it; a meter, or feedback_pin, does",
    ("power", "gpio_pulse"): "as gpio; the charge pump drops whatever hangs on a wire that is cut",
    ("strike", "gpio"): "a pin drives a wire and hears nothing of it; the door's contact does",
    ("indicator", "gpio"): "an LED says nothing",
    ("indicator", "osdp"): "its reader is on the same line and tells for both",
    ("indicator", "group"): "it tells when the one of its indicators that is gone does (its row)",
}
ALL = {(port.table, name): load_driver(port, name, "here") for port in PORTS for name in ours(port)}


def test_every_driver_is_shown_unplugged_or_says_why_it_cannot_tell() -> None:
    by_row = {(row.port.table, row.driver) for row in ROWS if row.unplugged is not None}
    assert by_row | SHOWN.keys() | CANNOT_TELL.keys() == ALL.keys()
    assert not SHOWN.keys() & (CANNOT_TELL.keys() | by_row)


@pytest.mark.parametrize("key", ALL, ids="-".join)
def test_the_timeouts_of_a_driver_keep_the_promise(key: tuple[str, str]) -> None:
    told = ALL[key].detects_s
    assert (told is None) is (key in CANNOT_TELL)
    assert told is None or 0 < told <= PROMISE_S


@pytest.mark.parametrize("over_s", [0.0, 0.001])
def test_a_switch_and_a_meter_are_missed_when_their_time_is_over(over_s: float) -> None:
    """What remote switches and meters of all kinds share, in simulated time."""
    now_s, told = [100.0], list[DeviceEvent]()
    switch = RemoteSwitch(
        Context("s", told.append), lambda _: None, holds=False, clock=lambda: now_s[0]
    )
    meter = MeterReports(Context("m", told.append), clock=lambda: now_s[0])
    switch.read_back(False)
    meter.report(MeterReading(watts=1))
    now_s[0] += SILENT_S + over_s
    switch.tick()
    meter.tick("nothing came")
    missed = {(one.device, one.kind) for one in told if isinstance(one, Fault)}
    both = {("s", FaultKind.SWITCH_UNREACHABLE), ("m", FaultKind.METER_SILENT)}
    assert missed == (both if over_s else set())


def test_eight_devices_of_one_silent_board_do_not_wait_for_it_one_by_one() -> None:
    asked: list[int] = []

    class Silent:
        """pymodbus's client on a line where nobody answers."""

        def read_coils(self, *_: int, device_id: int, count: int) -> None:
            asked.append(device_id)
            raise ModbusIOException("nothing came")

        def close(self) -> None:
            """See pymodbus."""

    class Relay:
        poll_s = 1.0

        def __init__(self) -> None:
            self.has_failed = threading.Event()

        def turn(self, bus: ModbusBus) -> None:
            bus.read_bit("coil", 0, 7)

        def on_failure(self, error: LostReply) -> None:
            self.has_failed.set()

    relays = [Relay() for _ in range(8)]
    bus = ModbusBus("/nowhere", 9600, "N")
    bus._client = Silent()
    for relay in relays:
        bus.attach(relay)
    assert all(relay.has_failed.wait(60) for relay in relays)
    assert 1 <= len(asked) < len(relays)
    bus.close()
