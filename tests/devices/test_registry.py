"""Options are checked before hardware is opened, and each error names what is allowed."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controller.settings import SettingsError
from devices import registry
from devices.registry import INDICATOR, INPUT, METER, PORTS, POWER, READER, STRIKE, Port, drivers
from devices.wiring import SharedResources
from tools.hardware.own_drivers import ours

WHERE = "config.toml: agent.access_point 'laser-1': part"
PIN = "allowed: a BCM pin number from 0 to 27"
SWITCHES = ", ".join(drivers(POWER))


@pytest.mark.parametrize(
    ("port", "table", "says"),
    [
        (POWER, {}, f"{WHERE}.driver: missing; allowed: {SWITCHES}"),
        (POWER, {"driver": 3}, f"{WHERE}.driver: missing; allowed: {SWITCHES}"),
        (
            POWER,
            {"driver": "relay"},
            f"{WHERE}.driver: unknown driver 'relay'; allowed: {SWITCHES}",
        ),
        (POWER, {"driver": "gpio"}, f"{WHERE}.pin: missing; {PIN}"),
        (POWER, {"driver": "gpio", "pin": 28}, f"{WHERE}.pin: 28 is not allowed; {PIN}"),
        (POWER, {"driver": "gpio", "pin": -1}, f"{WHERE}.pin: -1 is not allowed; {PIN}"),
        (POWER, {"driver": "gpio", "pin": "4"}, f"{WHERE}.pin: '4' is not allowed; {PIN}"),
        (
            STRIKE,
            {"driver": "gpio", "pin": 4, "fial": "fail_safe"},
            f"{WHERE}: unknown key 'fial'; allowed: driver, fail, pin, active_high",
        ),
        (
            INPUT,
            {"driver": "gpio", "pin": 4, "debounce_ms": 2000},
            f"{WHERE}.debounce_ms: 2000 is not allowed; allowed: milliseconds that a level must"
            " last, 0 to 1000",
        ),
        (
            METER,
            {"driver": "sim", "machine": "a", "idle_below_w": 90},
            f"{WHERE}.idle_below_w: must not be above running_above_w (30.0)",
        ),
        (
            INDICATOR,
            {"driver": "gpio"},
            f"{WHERE}.red: an indicator needs at least one of red, green, blue, buzzer",
        ),
        (INDICATOR, {"driver": "gpio", "red": 4, "buzzer": 4}, f"{WHERE}.red: pin 4 stands twice"),
        (
            READER,
            {"driver": "em4100_serial", "port": "/dev/x", "reads": ["em", "nfc"]},
            f"{WHERE}.reads: ['em', 'nfc'] is not allowed; allowed: a list of \"em\" (EM4100) and"
            ' "uid" (ISO 14443)',
        ),
        (
            POWER,
            {"driver": "gpio_pulse", "pin": 4, "stale_ms": 300},
            f"{WHERE}.stale_ms: with half_period_ms and hold_ms it must be at most 500",
        ),
        (
            POWER,
            {"driver": "gpio_pulse", "pin": 4, "half_period_ms": 60, "hold_ms": 100},
            f"{WHERE}.half_period_ms: must be at most half of hold_ms (100)",
        ),
        (
            POWER,
            {"driver": "gpio_pulse", "pin": 4, "feedback_pin": 4},
            f"{WHERE}.feedback_pin: must be another pin than pin",
        ),
    ],
)
def test_bad_options_are_one_clear_line(
    port: Port[Any, Any], table: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        registry.wire(port, table, WHERE)
    assert str(raised.value) == says


def test_checking_options_loads_no_hardware_library() -> None:
    code = """
import sys
from pathlib import Path
from devices.registry import INDICATOR, INPUT, METER, POWER, READER, STRIKE, wire
wire(READER, {"driver": "em4100_serial", "port": "/dev/serial0"}, "x")
for driver in ("gpio", "gpio_pulse"):
    wire(POWER, {"driver": driver, "pin": 4}, "x")
wire(STRIKE, {"driver": "gpio", "pin": 4, "fail": "fail_safe"}, "x")
wire(INPUT, {"driver": "gpio", "pin": 4}, "x")
wire(METER, {"driver": "sim", "machine": "a"}, "x")
wire(INDICATOR, {"driver": "gpio", "red": 4}, "x")
print({"gpiozero", "serial", "lgpio"} & sys.modules.keys())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.table)
def test_every_driver_describes_every_option(port: Port[Any, Any]) -> None:
    known = ours(port)
    assert known
    for name in known:
        kind = registry.load_driver(port, name, WHERE).Options
        assert issubclass(kind, port.options)
        for key in kind.__struct_fields__:
            assert registry.option_help(kind, key)


def test_a_driver_of_another_package_can_be_wired_and_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is installed beside Loquet changes no page and no test of ours."""
    before = {port.table: ours(port) for port in PORTS}
    metadata = tmp_path / "loquet_hex-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: loquet-hex\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[loquet.readers]\nhex = loquet_hex:Hex\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry._entries.cache_clear()
    try:
        assert "hex" in registry.drivers(READER)
        assert {port.table: ours(port) for port in PORTS} == before
    finally:
        registry._entries.cache_clear()


def test_entry_points_are_the_only_list_of_drivers() -> None:
    for port in PORTS:
        assert (
            set(registry.drivers(port)) == importlib.metadata.entry_points(group=port.group).names
        )


def test_a_dangerous_point_refuses_a_switch_without_a_time_limit() -> None:
    plain = registry.wire(POWER, {"driver": "gpio", "pin": 4}, WHERE)
    pulse = registry.wire(POWER, {"driver": "gpio_pulse", "pin": 4}, WHERE)
    why = registry.switch_refusal(plain, dangerous=True)
    assert why is not None
    assert why.startswith(f"{WHERE}: driver 'gpio' has no time limit of its own")
    assert registry.switch_refusal(plain, dangerous=False) is None
    assert registry.switch_refusal(pulse, dangerous=True) is None


def test_hold_needs_a_switch_that_latches() -> None:
    table = {"driver": "gpio", "pin": 4, "on_agent_loss": "hold"}
    wired = registry.wire(POWER, table, WHERE)
    assert registry.switch_refusal(wired, dangerous=False) == (
        f"{WHERE}.on_agent_loss: driver 'gpio' does not latch; allowed: off"
    )


def test_the_pulse_keeps_its_promise_whatever_the_options() -> None:
    table = {"driver": "gpio_pulse", "pin": 4, "half_period_ms": 10, "stale_ms": 100, "hold_ms": 50}
    can = registry.switch_capabilities(registry.wire(POWER, table, WHERE))
    assert can.has_time_limit
    assert can.time_limit_s == pytest.approx(0.16)
    assert can.renew_s == pytest.approx(0.025)


def test_a_reader_that_sends_once_does_not_sense_removal() -> None:
    table = {"driver": "em4100_serial", "port": "/dev/serial0", "repeats": False}
    wired = registry.wire(READER, table, WHERE)
    assert not registry.reader_capabilities(wired).senses_removal


def test_shared_things_are_made_once_and_closed_last_first() -> None:
    closed: list[str] = []

    class Bus:
        def __init__(self, name: str) -> None:
            self.name = name

        def close(self) -> None:
            closed.append(self.name)

    shared = SharedResources()
    first = shared.get("a", lambda: Bus("a"))
    assert shared.get("a", lambda: Bus("another")) is first
    shared.get("b", lambda: Bus("b"))
    shared.close()
    shared.close()
    assert closed == ["b", "a"]
