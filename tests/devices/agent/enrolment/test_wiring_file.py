"""What enrolment brings of the wiring stands in config.toml as people write it."""

from pathlib import Path
from typing import Any

import pytest

from controller.cli.enrol import _write_wiring
from controller.settings.reading import load
from devices.agent.enrolment.wiring_file import points_of

WIRING: dict[str, Any] = {
    "access_points": [
        {
            "id": "laser",
            "kind": "machine",
            "reader": {"driver": "em4100_serial", "port": "/dev/serial0", "reads": ["em", "uid"]},
            "power": {"driver": "gpio_pulse", "pin": 17, "hold_ms": 150.5, "active_high": True},
            "inputs": {"estop.1": {"driver": "gpio", "pin": 22}},
            "indicator": {"driver": "group", "each": [{"driver": "gpio", "red": 5}]},
        },
        {"id": "door", "kind": "door", "strike": {"driver": "x", "fail": 'a "quoted" \\ word\x7f'}},
    ]
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text('[agent]\nid = "pi-1"\n')
    return file


def test_a_configuration_without_access_points_gets_them(config: Path) -> None:
    assert f"Its wiring is in {config} now" in _write_wiring(load(config, {}), WIRING)
    found = load(config, {}).agent
    assert found.id == "pi-1"
    assert found.access_point == points_of(WIRING)


def test_a_configuration_with_access_points_keeps_its_own(config: Path) -> None:
    _write_wiring(load(config, {}), WIRING)
    before = config.read_text()
    other = {"access_points": [WIRING["access_points"][0] | {"id": "saw"}]}
    assert _write_wiring(load(config, {}), other) == ""
    assert config.read_text() == before


@pytest.mark.parametrize("wiring", [None, {}, {"access_points": [{"id": "x", "new": 1}]}])
def test_nothing_is_written_of_what_is_not_there_or_not_understood(
    config: Path, wiring: dict[str, Any] | None
) -> None:
    before = config.read_text()
    assert _write_wiring(load(config, {}), wiring) == ""
    assert config.read_text() == before


def test_what_can_not_be_written_is_shown_to_be_pasted(config: Path) -> None:
    settings = load(config, {})
    config.unlink()
    config.mkdir()
    said = _write_wiring(settings, WIRING)
    assert "add to it:\n[[agent.access_point]]" in said
    assert 'id = "laser"' in said
