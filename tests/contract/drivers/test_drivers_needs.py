"""What a driver needs and is not installed is one line, before any hardware."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from controller.settings import AgentSettings, Settings, SettingsError
from controller.wire.signatures import Signer
from devices.agent.enrolment.identity import Enrolment, IdentityFiles, MqttAddress
from devices.agent.hardware import wire_points
from devices.needs import Needs, all_of
from devices.ports import DeviceError
from devices.registry import METER, PORTS, load_driver, wire
from devices.sim.client import SimBench
from devices.wiring import Context
from tests.contract.drivers.rig import BOARD
from tests.support.pins import Pins
from tests.support.tree import ROOT
from tools.hardware.own_drivers import ours

ALONE = {
    ("reader", "keyboard_wedge"),
    ("meter", "sim"),
    *((port, maker) for port in ("power", "meter") for maker in ("tasmota", "shelly")),
}
"""These need only what the agent itself needs."""
NEEDY: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("reader", {"driver": "line", "port": "/dev/x", "kind": "em"}, "serial", "loquet[agent]"),
    ("reader", {"driver": "em4100_serial", "port": "/dev/x"}, "serial", "loquet[agent]"),
    ("reader", {"driver": "pn532", "port": "/dev/x"}, "serial", "loquet[agent]"),
    ("reader", {"driver": "osdp", "port": "/dev/x", "key_file": "/k"}, "osdp_sys", "loquet[osdp]"),
    ("reader", {"driver": "bridge", "port": "/dev/x", "reader": 0}, "cobs", "loquet[bridge]"),
    ("power", {"driver": "gpio", "pin": 18}, "gpiozero", "loquet[agent]"),
    ("power", {"driver": "gpio_pulse", "pin": 17}, "gpiozero", "loquet[agent]"),
    ("power", {"driver": "modbus", "port": "/dev/x", "coil": 0}, "pymodbus", "loquet[modbus]"),
    ("power", {"driver": "bridge", "port": "/dev/x", "relay": 0}, "cobs", "loquet[bridge]"),
    ("strike", {"driver": "gpio", "pin": 5, "fail": "fail_safe"}, "gpiozero", "loquet[agent]"),
    (
        "strike",
        {"driver": "modbus", "port": "/dev/x", "coil": 0, "fail": "fail_safe"},
        "pymodbus",
        "loquet[modbus]",
    ),
    (
        "strike",
        {"driver": "bridge", "port": "/dev/x", "relay": 0, "fail": "fail_safe"},
        "cobs",
        "loquet[bridge]",
    ),
    ("inputs", {"driver": "gpio", "pin": 22}, "gpiozero", "loquet[agent]"),
    ("inputs", {"driver": "bridge", "port": "/dev/x", "input": 1}, "cobs", "loquet[bridge]"),
    (
        "meter",
        {"driver": "modbus", "port": "/dev/x", "model": "sdm120"},
        "pymodbus",
        "loquet[modbus]",
    ),
    ("meter", {"driver": "ads1115", "amps_per_volt": 30.0}, "smbus2", "loquet[adc]"),
    (
        "meter",
        {"driver": "bridge", "port": "/dev/x", "adc": 0, "amps_per_volt": 30.0},
        "cobs",
        "loquet[bridge]",
    ),
    (
        "meter",
        {"driver": "octoprint", "url": "http://o.local", "key_file": "/k"},
        "websocket",
        "loquet[jobs]",
    ),
    ("meter", {"driver": "moonraker", "url": "http://m.local"}, "websocket", "loquet[jobs]"),
    ("indicator", {"driver": "gpio", "red": 5}, "gpiozero", "loquet[agent]"),
    ("indicator", {"driver": "display", "panel": "ssd1306"}, "luma", "loquet[display]"),
    ("indicator", {"driver": "display", "panel": "ssd1306"}, "PIL", "loquet[display]"),
    ("indicator", {"driver": "osdp", "port": "/dev/x"}, "osdp_sys", "loquet[osdp]"),
    (
        "indicator",
        {
            "driver": "group",
            "each": [{"driver": "gpio", "red": 5}, {"driver": "display", "panel": "sh1106"}],
        },
        "luma",
        "loquet[agent,display]",
    ),
)


class Blocked(MetaPathFinder):
    """Python as it is where a package was never installed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == self._name or fullname.startswith(f"{self._name}."):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


@pytest.fixture
def block(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Takes a package away until the end of the test."""

    def without(name: str) -> None:
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setattr(sys, "meta_path", [Blocked(name), *sys.meta_path])

    return without


def settings_of(port: str, table: dict[str, Any]) -> Settings:
    kind = "door" if port == "strike" else "machine"
    wired = {"rex": table} if port == "inputs" else table
    point = {"id": "point-1", "kind": kind, port: wired}
    agent = msgspec.convert({"pins": "sim:/nowhere", "access_point": [point]}, AgentSettings)
    return Settings(agent=agent)


@pytest.mark.parametrize(
    ("port", "table", "module", "extra"), NEEDY, ids=lambda one: str(one)[:40].replace("/", " ")
)
def test_a_missing_library_is_one_clear_line(
    port: str, table: dict[str, Any], module: str, extra: str, block: Callable[[str], None]
) -> None:
    settings = settings_of(port, table)
    block(module)
    with pytest.raises(SettingsError) as told:
        wire_points(settings)
    (line,) = str(told.value).splitlines()
    named = f"{port}.rex" if port == "inputs" else port
    assert line.startswith(f"{settings.source}: agent.access_point 'point-1': {named}: driver")
    assert f"'{table['driver']}' needs" in line
    assert module in line
    assert line.endswith(f"not installed here: pip install '{extra}'")
    wire_points(settings, installed=False)  # what puts outputs off goes on with the others


def test_every_driver_says_what_it_needs() -> None:
    of_system = {("indicator", "speech"), ("reader", "rc522")}
    needy = {(port, table["driver"]) for port, table, _, _ in NEEDY} | of_system
    registered = {(port.table, name) for port in PORTS for name in ours(port)}
    assert needy | ALONE == registered
    drivers = {
        (port.table, name): load_driver(port, name, "") for port in PORTS for name in ours(port)
    }
    tells = {key for key, made in drivers.items() if {"needs", "needs_of"} & {*dir(made)}}
    assert tells == needy


def test_a_missing_voice_and_system_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, block: Callable[[str], None]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match=r"needs espeak-ng, .*: apt install espeak-ng$"):
        wire_points(settings_of("indicator", {"driver": "speech"}))
    block("spidev")
    settings = settings_of("reader", {"driver": "rc522"})
    wire_points(settings)  # on simulated pins it needs none
    chip = msgspec.structs.replace(settings.agent, pins="auto")
    with pytest.raises(SettingsError, match=r"needs spidev.*: apt install python3-spidev"):
        wire_points(msgspec.structs.replace(settings, agent=chip))


def test_what_disappears_later_is_a_device_error_and_no_traceback(
    block: Callable[[str], None],
) -> None:
    table = {"driver": "modbus", "port": "/dev/x", "model": "sdm120"}
    wired = wire(METER, table, "config.toml: meter")
    block("pymodbus")
    with pytest.raises(
        DeviceError, match=r"^config\.toml: meter: driver 'modbus': No module named"
    ):
        wired.open(Context("d", lambda _: None))


@pytest.fixture
def without_pymodbus(tmp_path: Path, pins: Pins) -> Callable[..., tuple[int, str]]:
    """`loquet agent`, enrolled, in a process of its own in which pymodbus can't be imported."""
    files = IdentityFiles(tmp_path / "state")
    files.folder.mkdir()
    files.key.write_bytes(Signer.generate().pem())
    files.credential_key.write_text("AAAA")
    enrolled = Enrolment(
        agent_id=BOARD,
        site_id="here",
        url="https://nowhere",
        mqtt=MqttAddress(host="nowhere", port=1),
        hub_keys=(),
    )
    files.enrolment.write_bytes(msgspec.json.encode(enrolled))
    config = tmp_path / "config.toml"
    config.write_text(
        f'[agent]\nid = "{BOARD}"\nstate_dir = "state"\npins = "sim:{pins.socket}"\n'
        '[[agent.access_point]]\nid = "saw"\nkind = "machine"\n'
        'cooling = { driver = "modbus", port = "/dev/x", coil = 0 }\n'
        'power = { driver = "gpio", pin = 18 }\n'
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass Blocked:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'pymodbus':\n"
        "            raise ModuleNotFoundError(name)\nsys.meta_path.insert(0, Blocked())\n"
    )

    def run(*more: str) -> tuple[int, str]:
        agent = subprocess.run(
            [sys.executable, "-m", "controller.cli", "agent", "--config", str(config), *more],
            env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        (line,) = agent.stderr.splitlines()
        return agent.returncode, line

    return run


def test_the_agent_ends_with_that_line_before_it_touches_a_pin(
    bench: SimBench, without_pymodbus: Callable[..., tuple[int, str]]
) -> None:
    before = bench.state()["pins"]
    code, line = without_pymodbus()
    assert code == 1
    assert "config.toml: agent.access_point 'saw': cooling: driver 'modbus' needs pymodbus" in line
    assert line.endswith("pip install 'loquet[modbus]'")
    assert bench.state()["pins"] == before


def test_what_puts_outputs_off_does_so_with_all_that_it_can(
    bench: SimBench, without_pymodbus: Callable[..., tuple[int, str]]
) -> None:
    bench.do("configure", board=BOARD, pin=18, mode="out", level=1)
    assert bench.state()["machines"]["saw"]["closed"], "left on by an agent that died"
    code, line = without_pymodbus("--outputs-off")
    assert code == 1
    assert "cooling: driver 'modbus': " in line
    assert not bench.state()["machines"]["saw"]["closed"]


def test_a_driver_of_another_package_names_its_own_extra() -> None:
    needs = all_of(
        [
            Needs(modules=("nowhere",), extra="bridge"),
            Needs(modules=("nor_here",), extra="loquet-rfid[usb,nfc]"),
        ]
    )
    assert needs.missing_text() == (
        "needs nowhere, nor_here, not installed here:"
        " pip install 'loquet[bridge]' 'loquet-rfid[usb,nfc]'"
    )
