"""What every registered driver keeps, whatever its port: one row each."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devices.contract.promises import *  # noqa: F403 - the promises, tried on ROWS
from devices.contract.row import Row
from devices.ports import (
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    InputChanged,
    Look,
    SwitchState,
)
from devices.registry import INDICATOR, INPUT, METER, PORTS, POWER, READER, STRIKE, wire
from devices.wiring import Context
from tests.contract.drivers.rig import Events
from tests.support.pins import Pins
from tools.hardware.own_drivers import ours

Make = Callable[[str], Context]


def _folder(name: str) -> Callable[[Path, bool], None]:
    """The cable of what is simulated in a folder: without it, nobody answers."""

    def cable(folder: Path, plugged: bool) -> None:
        if plugged:
            (folder / name).mkdir(exist_ok=True)
        elif (folder / name).exists():
            (folder / name).rename(folder / f"{name}-{time.monotonic_ns()}")

    return cable


_BRIDGE: dict[str, Any] = {
    "on_pins": False,
    "pull": ("bridge", {"bridge": "mcu", "do": "unplug"}, {"bridge": "mcu", "do": "plug"}),
}
_MCU = {"port": "{folder}/mcu"}
BRIDGE_ROWS = (
    Row(
        READER,
        "line",
        {"port": "{folder}/rdm", "kind": "uid"},
        {"port": "{folder}/rdm", "kind": "uid", "pattern": "no group"},
        unplugged=FaultKind.READER_UNPLUGGED,
        pull=("cable", {"reader": "rdm", "plugged": False}, {"reader": "rdm", "plugged": True}),
    ),
    Row(
        READER,
        "rc522",
        {},
        {"reset_pin": 28},
        unplugged=FaultKind.READER_UNPLUGGED,
        pull=("cable", {"reader": "rc522", "plugged": False}, {"reader": "rc522", "plugged": True}),
    ),
    Row(
        READER,
        "pn532",
        {"port": "{folder}/pn532"},
        {"port": "pn532"},
        unplugged=FaultKind.READER_UNPLUGGED,
        pull=("cable", {"reader": "pn532", "plugged": False}, {"reader": "pn532", "plugged": True}),
    ),
    Row(
        READER,
        "bridge",
        {**_MCU, "reader": 0},
        {**_MCU, "reader": 2},
        unplugged=FaultKind.READER_UNPLUGGED,
        **_BRIDGE,
    ),
    Row(
        POWER,
        "bridge",
        {**_MCU, "relay": 0},
        {**_MCU, "relay": 0, "ttl_ms": 100},
        unplugged=FaultKind.SWITCH_UNREACHABLE,
        **_BRIDGE,
    ),
    Row(
        STRIKE,
        "bridge",
        {**_MCU, "relay": 1, "fail": "fail_secure"},
        {**_MCU, "relay": 1},
        unplugged=FaultKind.STRIKE_UNREACHABLE,
        **_BRIDGE,
    ),
    Row(
        INPUT,
        "bridge",
        {**_MCU, "input": 1},
        {**_MCU, "input": 8, "active": "low"},
        unplugged=FaultKind.INPUT_UNREACHABLE,
        **_BRIDGE,
    ),
    Row(
        METER,
        "bridge",
        {**_MCU, "adc": 0, "amps_per_volt": 30.0},
        {"port": "ttyUSB0", "adc": 0},
        unplugged=FaultKind.METER_SILENT,
        **_BRIDGE,
    ),
)


ROWS = (
    *BRIDGE_ROWS,
    Row(
        READER,
        "em4100_serial",
        {"port": "{folder}/rdm"},
        {"port": "{folder}/rdm", "baud": 1},
        unplugged=FaultKind.READER_UNPLUGGED,
        pull=("cable", {"reader": "rdm", "plugged": False}, {"reader": "rdm", "plugged": True}),
    ),
    Row(
        POWER,
        "gpio",
        {"pin": 18},
        {"pin": 18, "pulse": True},
        outputs=(18,),
        use=lambda switch: switch.on(),
    ),
    Row(
        POWER,
        "gpio",
        {"pin": 19, "active_high": False},
        {"pin": 28},
        outputs=(19,),
        use=lambda switch: switch.on(),
        off_level=1,
        id="power-gpio-active-low",
    ),
    Row(
        POWER,
        "gpio_pulse",
        {"pin": 17},
        {"pin": 17, "hold_ms": 500},
        outputs=(17,),
        use=lambda switch: switch.on(),
    ),
    Row(
        STRIKE,
        "gpio",
        {"pin": 5, "fail": "fail_secure"},
        {"pin": 5},
        outputs=(5,),
        use=lambda strike: strike.release(),
    ),
    Row(
        STRIKE,
        "gpio",
        {"pin": 7, "fail": "fail_safe"},
        {"pin": 7, "fail": "safe"},
        outputs=(7,),
        use=lambda strike: strike.lock(),
        id="strike-gpio-fail-safe",
    ),
    Row(INPUT, "gpio", {"pin": 22, "active": "high"}, {"pin": 22, "active": True}),
    Row(
        METER,
        "ads1115",
        {"bus": "sim:saw", "amps_per_volt": 30.0},
        {"bus": "sim:saw", "amps_per_volt": 30.0, "channel": "4"},
        unplugged=FaultKind.METER_SILENT,
        pull=("meter", {"machine": "saw", "mode": "silent"}, {"machine": "saw", "mode": "true"}),
    ),
    Row(
        METER,
        "sim",
        {"machine": "saw", "silent_after_s": 1.5},
        {"machine": ""},
        unplugged=FaultKind.METER_SILENT,
        pull=("meter", {"machine": "saw", "mode": "silent"}, {"machine": "saw", "mode": "true"}),
    ),
    Row(
        INDICATOR,
        "gpio",
        {"red": 12, "green": 13, "blue": 16, "buzzer": 20},
        {"red": 12, "green": 12},
        outputs=(12, 13, 16, 20),
        use=lambda indicator: indicator.show(Look.IDLE_WARNING),
    ),
    Row(
        INDICATOR,
        "display",
        {"panel": "ssd1306", "bus": "sim:{folder}/oled"},
        {"panel": "ssd1306", "bus": "spi:0.0"},
        unplugged=FaultKind.INDICATOR_UNREACHABLE,
        cable=_folder("oled"),
        on_pins=False,
    ),
    Row(
        INDICATOR,
        "display",
        {"panel": "st7789_240x240", "bus": "sim:{folder}/lcd", "dc": 14, "backlight": 15},
        {"panel": "st7789_240x240", "rotate": 4},
        on_pins=False,
        id="indicator-display-spi",
    ),
    Row(
        INDICATOR,
        "speech",
        {"to": "sim:{folder}/voice"},
        {"to": "loudspeaker"},
        unplugged=FaultKind.INDICATOR_UNREACHABLE,
        cable=_folder("voice"),
        on_pins=False,
        needs="espeak-ng",
    ),
    Row(
        INDICATOR,
        "group",
        {
            "each": [
                {"driver": "gpio", "red": 12, "green": 13, "buzzer": 20},
                {"driver": "display", "panel": "sh1106", "bus": "sim:{folder}/oled"},
            ]
        },
        {"each": [{"driver": "gpio"}]},
        outputs=(12, 13, 20),
        use=lambda indicator: indicator.show(Look.IDLE_WARNING),
        unplugged=FaultKind.INDICATOR_UNREACHABLE,
        cable=_folder("oled"),
    ),
)


IN_THE_FIELD = {
    (port, driver) for port in ("power", "meter") for driver in ("modbus", "shelly", "tasmota")
} | {("strike", "modbus")}
"""What hangs on a bus or a radio: `field/` holds it to the same promises."""
PRINT_SERVERS = {("meter", "moonraker"), ("meter", "octoprint")}
"""`test_drivers_jobs.py` holds them to the same promises, against real ones."""
BY_THEMSELVES = {("reader", "osdp"), ("indicator", "osdp"), ("reader", "keyboard_wedge")}
"""`test_drivers_osdp.py` (against libosdp's own peripheral device) and `test_drivers_wedge.py`."""


def test_every_driver_of_ours_has_a_row() -> None:
    registered = {(port.table, name) for port in PORTS for name in ours(port)}
    rows = {(row.port.table, row.driver) for row in ROWS}
    assert rows | IN_THE_FIELD | PRINT_SERVERS | BY_THEMSELVES == registered


def test_switches_and_inputs_notice_that_the_pins_died_and_come_back(
    pins: Pins, context: Make, events: Events
) -> None:
    switch = wire(POWER, {"driver": "gpio", "pin": 18}, "here").open(context("switch"))
    pulse = wire(POWER, {"driver": "gpio_pulse", "pin": 17}, "here").open(context("pulse"))
    contact = wire(INPUT, {"driver": "gpio", "pin": 23, "active": "low"}, "here").open(
        context("contact")
    )
    events.first(InputChanged)
    switch.on()
    pulse.on()
    assert pins.end(signal.SIGKILL) == -signal.SIGKILL
    assert events.first(Fault, lambda fault: fault.device == "pulse").kind in (
        FaultKind.SWITCH_UNREACHABLE,
        FaultKind.SWITCH_DROPPED,
    )
    assert pulse.state() is SwitchState.OFF
    assert switch.state() is SwitchState.UNKNOWN
    with pytest.raises(DeviceError, match=r"^switch: "):
        switch.on()
    gone = events.first(Fault, lambda fault: fault.device == "contact")
    assert gone.kind is FaultKind.INPUT_UNREACHABLE
    assert contact.active() is None
    pins.start()
    events.first(FaultCleared, lambda cleared: cleared.device == "contact")
    assert events.first(InputChanged).active is False
    assert switch.state() is SwitchState.OFF, "power does not come back by itself"
    switch.on()
    assert switch.state() is SwitchState.ON
    pulse.on()
    assert events.first(FaultCleared).device == "pulse"
    for device in (switch, pulse, contact):
        device.close()


def test_readers_close_while_nothing_comes(pins: Pins, context: Make) -> None:
    link = pins.folder / "rdm"
    device = wire(READER, {"driver": "em4100_serial", "port": str(link)}, "here").open(context("d"))
    device.close()
    assert os.path.exists(link)
