"""The pages and pictures of docs/ that show hardware are what the code would make now."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import Language
from controller.settings import AgentSettings, Settings
from devices import registry
from devices.agent.hardware import wire_points
from devices.drivers.display.wording import message_for
from devices.ports import Flash, Look
from devices.registry import PORTS
from tests.support.translation import EN, FR
from tools.hardware import display_sheets, hardware, timelines
from tools.hardware.__main__ import DOCS, main, stale
from tools.hardware.display_texts import families
from tools.hardware.ladder import COMMON
from tools.hardware.own_drivers import ours
from tools.hardware.wirings import DRAWINGS, pictures
from tools.hardware.wirings_fr import FRENCH, SAME

PICTURES = DOCS / "pictures"
MAKE = "run `python -m tools.hardware` and commit what it writes"


def test_everything_is_up_to_date() -> None:
    assert sorted(stale(DOCS)) == [], MAKE


def test_what_is_missing_or_changed_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    missing = stale(tmp_path)
    assert {name.removeprefix("pictures/") for name in missing} == {
        "hardware.md",
        *pictures(),
        *(timelines.file_of(language) for language in Language),
        *(sheet.file for sheet in display_sheets.sheets()),
    }
    sheet = display_sheets.sheets()[0]
    missing[f"pictures/{sheet.file}"]()
    missing["pictures/lights-fr.svg"]()
    assert set(missing) - set(stale(tmp_path)) == {
        f"pictures/{sheet.file}",
        "pictures/lights-fr.svg",
    }
    (tmp_path / "pictures" / "lights-fr.svg").write_text("old")
    assert "pictures/lights-fr.svg" in stale(tmp_path)


def test_the_command_names_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.hardware.__main__.DOCS", tmp_path)
    assert main(["--check"]) == 1
    assert "docs/hardware.md: stale" in capsys.readouterr().out
    assert not (tmp_path / "hardware.md").exists()


def test_every_picture_is_shown_on_a_page_and_every_page_has_its_pictures() -> None:
    pages = "".join((DOCS / name).read_text() for name in ("looks.md", "wiring.md"))
    shown = set(re.findall(r"\(pictures/([\w.-]+)\)", pages))
    assert shown == {file.name for file in PICTURES.glob("*.*")}


def test_every_driver_and_option_is_on_the_page() -> None:
    page = hardware.page()
    for port in PORTS:
        for name in ours(port):
            anchor = f"{port.table}-{name}"
            assert page.count(f"(#{anchor})") == 1
            section = page.partition(f'<a id="{anchor}">')[2].partition("\n###")[0]
            driver = registry.load_driver(port, name, "test")
            for field in msgspec.structs.fields(driver.Options):
                assert f"| `{field.encode_name}` | " in section, (anchor, field.name)


def test_every_driver_says_what_it_is_and_what_it_can() -> None:
    for port in PORTS:
        for name in ours(port):
            driver = registry.load_driver(port, name, "test")
            assert len(hardware.about(driver)) > 10, name
            assert "depends on" not in hardware.can(port, driver), name


@pytest.mark.parametrize("language", Language)
def test_every_text_is_on_a_sheet(language: Language) -> None:
    shown = [one for family in families(language).values() for one in family]
    assert {reason.value for reason in DenyReason} <= {one.code for one in shown}
    assert {one.what for one in shown} == {*Look, *Flash}
    assert {one.message.language for one in shown} == {language}
    assert all(one.message.title for one in shown)


def test_the_words_without_a_message_are_in_both_languages() -> None:
    for what in (*Look, *Flash):
        fr, en = (message_for(what, None, words).title for words in (FR, EN))
        assert fr != en


@pytest.mark.parametrize("file", sorted(PICTURES.glob("*.svg")), ids=lambda file: file.name)
def test_drawings_are_well_formed_and_stay_inside(file: Path) -> None:
    root = ElementTree.parse(file).getroot()  # noqa: S314  our own file
    wide, high = (float(root.attrib[key]) for key in ("width", "height"))
    for one in root.iter():
        if "x" in one.attrib and "y" in one.attrib:
            assert 0 <= float(one.attrib["x"]) <= wide
            assert 0 <= float(one.attrib["y"]) <= high


def test_every_word_of_a_drawing_is_in_french_too() -> None:
    words = {*COMMON, *(text for drawing in DRAWINGS for text in drawing.texts())}
    assert words == FRENCH.keys() | SAME
    assert not FRENCH.keys() & SAME


def test_the_example_of_the_wiring_page_is_accepted() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (DOCS / "wiring.md").read_text(), re.DOTALL)[:1]
    agent = msgspec.convert(tomllib.loads(block)["agent"], AgentSettings)
    laser, door = wire_points(Settings(agent=agent), installed=False)
    assert set(laser.inputs) == {"estop", "interlock"}
    assert laser.indicator is not None
    assert laser.indicator.driver == "group"
    assert door.strike is not None
