"""Switches, strikes and indicators: what they do, seen from the pins."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devices.ports import (
    FailMode,
    Flash,
    Indicator,
    Look,
    MeterReading,
    MeterSampled,
    PowerSwitch,
    Strike,
    SwitchState,
)
from devices.registry import INDICATOR, METER, POWER, STRIKE, Port, wire
from devices.sim.client import BenchError, SimBench
from devices.wiring import Context
from tests.contract.drivers.rig import BOARD, Events, settle
from tests.support.pins import Pins

Make = Callable[[str], Context]
Open = Callable[..., Any]
SWITCHES = [("gpio", 18, "saw", 26), ("gpio_pulse", 17, "laser", 27)]


@pytest.fixture
def opened(context: Make) -> Iterator[Open]:
    """Opens devices, and closes them at the end."""
    devices: list[Any] = []

    def open_one(port: Port[Any, Any], **table: Any) -> Any:
        devices.append(wire(port, table, "here").open(context(f"d{len(devices)}")))
        return devices[-1]

    yield open_one
    for device in devices:
        device.close()


@pytest.mark.parametrize(("driver", "pin", "machine", "feedback"), SWITCHES)
def test_a_switch_moves_its_contactor_and_reads_it_back(
    driver: str, pin: int, machine: str, feedback: int, bench: SimBench, opened: Open
) -> None:
    switch: PowerSwitch = opened(POWER, driver=driver, pin=pin, feedback_pin=feedback)
    assert switch.state() is SwitchState.OFF
    assert switch.boot is None
    bench.watch("power")
    switch.on()
    switch.on()
    assert bench.wait_for(lambda event: event["machine"] == machine)["closed"]
    assert switch.state() is SwitchState.ON
    switch.keep_alive()
    switch.off()
    assert not bench.wait_for(lambda event: event["machine"] == machine)["closed"]
    assert switch.state() is SwitchState.OFF


@pytest.mark.parametrize(("driver", "pin", "machine", "feedback"), SWITCHES)
def test_a_welded_contactor_is_seen_in_the_read_back(
    driver: str, pin: int, machine: str, feedback: int, bench: SimBench, opened: Open
) -> None:
    switch: PowerSwitch = opened(POWER, driver=driver, pin=pin, feedback_pin=feedback)
    bench.do("weld", machine=machine, welded=True)
    switch.on()
    switch.off()
    assert switch.state() is SwitchState.ON
    assert bench.state()["machines"][machine]["closed"]


def test_the_first_edge_of_a_pulse_is_the_one_that_starts_the_pump(
    bench: SimBench, opened: Open
) -> None:
    switch: PowerSwitch = opened(POWER, driver="gpio_pulse", pin=17)
    bench.watch("edge")
    for _ in range(3):
        switch.on()
        levels = [bench.wait_for(lambda event: event["pin"] == 17)["level"] for _ in range(4)]
        assert levels == [1, 0, 1, 0]
        switch.off()
        bench.do("state")
        list(bench.events(0.05))


def test_a_switch_without_feedback_reads_its_own_pin(bench: SimBench, opened: Open) -> None:
    switch: PowerSwitch = opened(POWER, driver="gpio", pin=18)
    switch.on()
    assert switch.state() is SwitchState.ON
    bench.do("write", board=BOARD, pin=18, level=0)
    assert switch.state() is SwitchState.OFF, "whatever made it low"


def test_a_fail_secure_strike_releases_for_a_time_and_locks_by_itself(
    bench: SimBench, opened: Open
) -> None:
    strike: Strike = opened(STRIKE, driver="gpio", pin=5, fail="fail_secure")
    assert strike.fail_mode is FailMode.FAIL_SECURE
    with pytest.raises(BenchError, match="door front is locked"):
        bench.do("door", door="front", do="open")
    bench.watch("door")
    strike.release(0.1)
    assert bench.wait_for(lambda event: event["door"] == "front")["released"]
    assert not bench.wait_for(lambda event: event["door"] == "front")["released"]
    assert not strike.released()


def test_a_second_release_outlasts_the_first(bench: SimBench, opened: Open, context: Make) -> None:
    strike: Strike = opened(STRIKE, driver="gpio", pin=5, fail="fail_secure")
    strike.release(0.05)
    strike.release(None)
    settle(context("strike"))
    bench.watch("door")
    assert list(bench.events(0.3)) == []
    bench.do("door", door="front", do="open")
    strike.lock()
    assert not strike.released()


def test_a_fail_safe_strike_is_released_until_it_is_told_to_lock(
    bench: SimBench, opened: Open, context: Make
) -> None:
    strike: Strike = opened(STRIKE, driver="gpio", pin=7, fail="fail_safe")
    assert strike.released()
    assert bench.state()["doors"]["exit"]["released"]
    strike.lock()
    assert not strike.released()
    assert not bench.state()["doors"]["exit"]["released"]
    strike.close()
    settle(context("strike"))
    assert bench.state()["doors"]["exit"]["released"]


LED = {"red": 12, "green": 13, "blue": 16}
COLOURS = {
    Look.FREE: (0.12, 0.12, 0.12),
    Look.ARMED: (0, 0, 1),
    Look.RUNNING: (0, 1, 0),
    Look.COOLING: (0, 1, 1),
    Look.OUT_OF_SERVICE: (1, 0.45, 0),
    Look.FAULT: (1, 0, 0),
    Look.RELEASED: (0, 1, 0),
}


def _shows(bench: SimBench, colour: tuple[float, ...]) -> None:
    """Wait until the LED has that colour."""

    def now() -> tuple[float, ...]:
        return tuple(bench.do("read", board=BOARD, pin=pin)["level"] for pin in LED.values())

    while now() != colour:
        bench.wait_for(lambda event: event["pin"] in LED.values())


@pytest.mark.parametrize("look", COLOURS)
def test_each_look_has_its_colour(look: Look, bench: SimBench, opened: Open) -> None:
    bench.watch("edge")
    indicator: Indicator = opened(INDICATOR, driver="gpio", **LED)
    indicator.show(look)
    _shows(bench, COLOURS[look])


def test_a_flash_passes_and_the_look_comes_back(bench: SimBench, opened: Open) -> None:
    bench.watch("edge")
    indicator: Indicator = opened(INDICATOR, driver="gpio", buzzer=20, **LED)
    indicator.show(Look.ARMED)
    _shows(bench, COLOURS[Look.ARMED])
    indicator.flash(Flash.DENIED)
    beeps = [bench.wait_for(lambda event: event["pin"] == 20)["level"] for _ in range(4)]
    assert beeps == [1, 0, 1, 0], "a double beep"
    indicator.show(Look.RUNNING)
    _shows(bench, COLOURS[Look.RUNNING])


def test_a_passive_buzzer_is_given_two_tones(bench: SimBench, opened: Open) -> None:
    bench.watch("edge")
    indicator: Indicator = opened(INDICATOR, driver="gpio", buzzer=20, tones=True)
    indicator.flash(Flash.DENIED)
    assert [bench.wait_for(lambda event: event["pin"] == 20)["level"] for _ in range(4)] == [
        0.5,
        0,
        0.5,
        0,
    ]


def test_a_led_with_a_common_anode_is_dark_when_its_pins_are_high(
    bench: SimBench, opened: Open
) -> None:
    bench.watch("edge")
    indicator: Indicator = opened(INDICATOR, driver="gpio", common_anode=True, **LED)
    _shows(bench, (1, 1, 1))
    indicator.show(Look.ARMED)
    _shows(bench, (1, 1, 0))


def test_a_flash_takes_the_place_of_another(bench: SimBench, opened: Open) -> None:
    bench.watch("edge")
    indicator: Indicator = opened(INDICATOR, driver="gpio", **LED)
    indicator.show(Look.FREE)
    indicator.flash(Flash.IDENTIFY)
    _shows(bench, (1, 1, 1))
    indicator.flash(Flash.GRANTED)
    _shows(bench, (0, 1, 0))
    _shows(bench, COLOURS[Look.FREE])


def test_the_idle_warning_blinks_and_beeps(bench: SimBench, opened: Open) -> None:
    bench.watch("edge")
    indicator: Indicator = opened(INDICATOR, driver="gpio", buzzer=20, **LED)
    indicator.show(Look.IDLE_WARNING)
    for _ in range(2):
        _shows(bench, (0, 0, 1))
        _shows(bench, (0, 0, 0))


def test_a_meter_follows_the_job_and_goes_unknown_when_silent(
    bench: SimBench, opened: Open, events: Events
) -> None:
    meter = opened(METER, driver="sim", machine="saw", silent_after_s=1.5)
    switch: PowerSwitch = opened(POWER, driver="gpio", pin=18)

    def says(reading: MeterReading) -> None:
        events.first(MeterSampled, lambda sample: sample.reading == reading)
        assert meter.reading() == reading

    says(MeterReading(watts=0))
    switch.on()
    says(MeterReading(watts=3))
    bench.do("job", machine="saw", running=True)
    says(MeterReading(watts=900))
    bench.do("meter", machine="saw", mode="silent")
    says(MeterReading())
    bench.do("meter", machine="saw", mode="stuck", watts=42)
    says(MeterReading(watts=42))


def test_a_meter_that_no_bench_knows_is_unknown(pins: Pins, opened: Open, events: Events) -> None:
    opened(METER, driver="sim", machine="nothing", socket=pins.socket, silent_after_s=0.5)
    assert events.first(MeterSampled).reading == MeterReading()
