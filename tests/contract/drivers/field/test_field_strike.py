"""A strike on a relay board."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.ports import DeviceError, FailMode, Fault, FaultCleared, FaultKind, Strike
from devices.registry import STRIKE, wire
from devices.wiring import Context, SharedResources
from tests.contract.drivers.field.field_rig import WAIT_S, Field
from tests.contract.drivers.rig import Events
from tests.support.until import until

Open = Callable[[str], Strike]


@pytest.fixture
def strike(modbus: Field, events: Events) -> Iterator[Open]:
    shared, strikes = SharedResources(), []

    def open_one(fail: str) -> Strike:
        table: dict[str, Any] = {"driver": "modbus", **modbus.table, "fail": fail}
        context = Context("door/strike", events.queue.put, "a", "auto", shared)
        strikes.append(wire(STRIKE, table, "here").open(context))
        return strikes[-1]

    yield open_one
    for one in strikes:
        one.close()
        one.close()
    shared.close()


def test_a_fail_secure_strike_releases_for_a_time_and_locks_by_itself(
    modbus: Field, strike: Open
) -> None:
    modbus.by_hand(True)
    one = strike("fail_secure")
    assert one.fail_mode is FailMode.FAIL_SECURE
    until(lambda: not one.released(), "without current once it is opened")
    one.release(0.3)
    until(one.released, "released")
    until(lambda: not one.released(), "locked by itself")
    assert modbus.sim.moves() == [True, False, True, False]


def test_a_fail_safe_strike_is_released_until_it_is_told_to_lock_and_when_closed(
    modbus: Field, strike: Open
) -> None:
    one = strike("fail_safe")
    assert one.released(), "unknown counts as released"
    one.lock()
    until(lambda: not one.released(), "locked")
    one.release(None)
    until(one.released, "released")
    one.lock()
    until(lambda: not one.released(), "locked")
    one.close()
    assert modbus.sim.moves() == [True, False, True, False]


def test_a_board_that_lost_its_supply_locks_again(modbus: Field, strike: Open) -> None:
    one = strike("fail_safe")
    one.lock()
    until(lambda: not one.released(), "locked")
    modbus.by_hand(False)
    until(lambda: modbus.sim.moves() == [True, False, True], "its current came back")


def test_unplugged_is_a_named_fault_and_what_was_wanted_comes_back(
    modbus: Field, strike: Open, events: Events
) -> None:
    one = strike("fail_secure")
    until(lambda: not one.released(), "read")
    one.release(None)
    until(one.released, "released")
    modbus.unplug()
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert (fault.device, fault.kind) == ("door/strike", FaultKind.STRIKE_UNREACHABLE)
    with pytest.raises(DeviceError):
        one.lock()
    modbus.plug()
    events.first(FaultCleared, timeout_s=WAIT_S)
    until(lambda: not one.released(), "locked, as was asked for meanwhile")


def test_a_strike_that_was_to_lock_while_its_board_was_away_locks_when_it_is_back(
    modbus: Field, strike: Open, events: Events
) -> None:
    one = strike("fail_safe")
    modbus.unplug()
    events.first(Fault, timeout_s=WAIT_S)
    with pytest.raises(DeviceError):
        one.lock()
    modbus.plug()
    until(lambda: not one.released(), "locked")


def test_options_are_checked_first(modbus: Field) -> None:
    with pytest.raises(SettingsError, match=r"^here\.fail: missing"):
        wire(STRIKE, {"driver": "modbus", **modbus.table}, "here")
