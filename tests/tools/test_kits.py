"""Each drawing has a card, and what a card has the Pi's configuration say is taken."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from controller.settings import AgentSettings, Settings
from devices.agent.hardware import wire_points
from tests.support.tree import ROOT
from tools.hardware.wirings import DRAWINGS
from tools.kits.page import Kit, cards, kits

PLUGS = """
host = "192.168.1.10"
port = 8884
ca = "/etc/loquet/plugs/ca.crt"
username = "loquet-atelier"
password = "secret"
"""
every_kit = pytest.mark.parametrize("kit", kits().values(), ids=kits())


def test_each_drawing_has_a_card() -> None:
    assert kits().keys() == {drawing.file for drawing in DRAWINGS}


def test_the_cards_are_up_to_date() -> None:
    folder = ROOT / "docs/kits"
    there = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.md")}
    assert there == cards(), "run python -m tools.kits"


@every_kit
def test_its_configuration_is_taken(kit: Kit, tmp_path: Path) -> None:
    """With a plugs' broker and a printer's key, which stand in files beside it."""
    (tmp_path / "plugs.toml").write_text(PLUGS)
    (tmp_path / "octopi.key").write_text("k" * 32)
    text = kit.config.replace("/etc/loquet", str(tmp_path))
    text = text.replace("topic =", f'broker = "{tmp_path}/plugs.toml", topic =')
    agent = msgspec.convert(tomllib.loads(text)["agent"], AgentSettings)
    (point,) = wire_points(Settings(agent=agent), installed=False)
    assert point.reader is not None
    assert point.power or point.strike


@every_kit
def test_its_parts_have_a_price_and_somebody_who_mounts_them(kit: Kit) -> None:
    for part in kit.parts:
        assert 0 <= part.low <= part.high
        assert part.who in ("volunteer", "electrician")
    assert kit.total[0] < kit.total[1]
