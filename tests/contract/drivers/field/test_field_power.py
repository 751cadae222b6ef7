"""What every power switch at the end of a wire or a radio keeps: relay boards and plugs."""

from collections.abc import Callable

import pytest

from controller.settings import SettingsError
from devices.ports import (
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    PowerSwitch,
    SwitchReported,
    SwitchState,
)
from devices.registry import POWER, switch_refusal, wire
from tests.contract.drivers.field.field_rig import WAIT_S, Field, reads, ready
from tests.contract.drivers.rig import Events

Opened = Callable[..., PowerSwitch]
pytestmark = pytest.mark.needs("mosquitto")
DRIVERS = ("modbus", "tasmota", "shelly")
BAD = {"modbus": {"coil": 70000}, "tasmota": {"relay": 9}, "shelly": {"limit_s": 600}}


@pytest.fixture(params=DRIVERS)
def device(request: pytest.FixtureRequest) -> Field:
    found: Field = request.getfixturevalue(request.param)
    return found


def test_options_are_checked_before_anything_is_sent(device: Field) -> None:
    for more in (BAD[device.driver], {"pin": 4}):
        with pytest.raises(SettingsError, match=r"^here(\.\w+)?: "):
            wire(POWER, {"driver": device.driver, **device.table, **more}, "here")
    wire(POWER, {"driver": device.driver, **device.table}, "here")


def test_opened_means_off_even_after_a_dead_agent_left_it_on(device: Field, opened: Opened) -> None:
    device.by_hand(True)
    switch = opened(device)
    reads(switch, SwitchState.OFF)
    assert device.sim.moves() == [True, False]


def test_it_switches_and_what_it_reads_is_reported(
    device: Field, opened: Opened, events: Events, renewing: list[PowerSwitch]
) -> None:
    switch = opened(device)
    ready(switch)
    renewing.append(switch)
    events.first(SwitchReported, lambda one: one.state is SwitchState.ON, WAIT_S)
    assert device.sim.moves() == [True]
    switch.off()
    events.first(SwitchReported, lambda one: one.state is SwitchState.OFF, WAIT_S)
    assert device.sim.moves() == [True, False]


def test_close_switches_off_and_is_idempotent(device: Field, opened: Opened) -> None:
    switch = opened(device)
    ready(switch)
    reads(switch, SwitchState.ON)
    switch.close()
    switch.close()
    assert device.sim.moves() == [True, False]


def test_closed_before_it_was_reached_still_means_off(device: Field, opened: Opened) -> None:
    device.by_hand(True)
    opened(device).close()
    assert device.sim.moves() == [True, False]


def test_taking_up_does_not_move_it_and_finds_what_is(device: Field, opened: Opened) -> None:
    device.by_hand(True)
    switch = opened(device, take_up=True, on_agent_loss="hold")
    reads(switch, SwitchState.ON)
    assert switch.capabilities.latching
    assert switch.capabilities.time_limit_s is None
    assert device.sim.moves() == [True]


def test_a_held_switch_that_went_off_meanwhile_is_reported(
    device: Field, opened: Opened, events: Events
) -> None:
    opened(device, take_up=True, on_agent_loss="hold")
    report = events.first(SwitchReported, timeout_s=WAIT_S)
    assert report.state is SwitchState.OFF


def test_unplugged_is_a_named_fault_and_it_comes_back_off(
    device: Field, opened: Opened, events: Events, renewing: list[PowerSwitch]
) -> None:
    switch = opened(device)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    device.unplug()
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert (fault.device, fault.kind) == ("d0/power", FaultKind.SWITCH_UNREACHABLE)
    assert switch.state() is SwitchState.UNKNOWN
    with pytest.raises(DeviceError, match=r"^d0/power: "):
        switch.on()
    device.plug()
    assert events.first(FaultCleared, timeout_s=WAIT_S).kind is fault.kind
    reads(switch, SwitchState.OFF)
    assert device.sim.moves() == [True, False], "power did not come back"


def test_missing_at_the_start_is_a_fault_and_not_an_error(
    device: Field, opened: Opened, events: Events
) -> None:
    device.unplug()
    switch = opened(device)
    assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.SWITCH_UNREACHABLE
    device.plug()
    events.first(FaultCleared, timeout_s=WAIT_S)
    reads(switch, SwitchState.OFF)


def test_a_relay_that_sticks_is_seen_in_the_read_back(
    tasmota: Field, opened: Opened, events: Events, renewing: list[PowerSwitch]
) -> None:
    switch = opened(tasmota)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    tasmota.stick(True)
    switch.off()
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.kind is FaultKind.SWITCH_UNREACHABLE
    assert fault.detail == "switched off, it reads on"
    assert switch.state() is SwitchState.ON
    tasmota.stick(False)
    events.first(FaultCleared, timeout_s=WAIT_S)
    assert tasmota.sim.moves() == [True, False], "it is switched off until it is off"


def test_a_relay_that_does_not_close_is_not_on_later(
    modbus: Field, opened: Opened, events: Events
) -> None:
    modbus.stick(True)
    switch = opened(modbus)
    ready(switch)
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.detail == "switched on, it reads off"
    modbus.stick(False)
    events.first(FaultCleared, timeout_s=WAIT_S)
    reads(switch, SwitchState.OFF)
    assert modbus.sim.moves() == []


def test_a_switch_that_goes_off_by_itself_stays_off_until_it_is_asked(
    device: Field, opened: Opened, events: Events, renewing: list[PowerSwitch]
) -> None:
    switch = opened(device)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    device.by_hand(False)
    assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.SWITCH_DROPPED
    reads(switch, SwitchState.OFF)
    switch.on()
    assert events.first(FaultCleared, timeout_s=WAIT_S).kind is FaultKind.SWITCH_DROPPED
    assert device.sim.moves() == [True, False, True]


def test_what_somebody_switches_on_goes_off_again(
    device: Field, opened: Opened, events: Events
) -> None:
    switch = opened(device)
    reads(switch, SwitchState.OFF)
    device.by_hand(True)
    events.first(SwitchReported, lambda one: one.state is SwitchState.ON, WAIT_S)
    events.first(SwitchReported, lambda one: one.state is SwitchState.OFF, WAIT_S)
    assert device.sim.moves() == [True, False]


def test_which_may_gate_a_dangerous_machine(device: Field) -> None:
    wired = wire(POWER, {"driver": device.driver, **device.table}, "here")
    held = {"driver": device.driver, **device.table, "on_agent_loss": "hold"}
    assert (switch_refusal(wired, dangerous=True) is None) is (device.driver == "tasmota")
    assert switch_refusal(wire(POWER, held, "here"), dangerous=True) is not None
    assert switch_refusal(wire(POWER, held, "here"), dangerous=False) is None
