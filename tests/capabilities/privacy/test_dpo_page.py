"""What the data-protection officer reads is what the program does."""

import re
import tomllib

import msgspec
import pytest

from controller.assembly import HOUSE
from controller.kernel.privacy import Purpose
from controller.settings import RetentionSettings
from tests.support.tree import ROOT
from tools.retention_page import FILE, page

DEFAULTS = RetentionSettings()


def test_the_committed_page_is_what_is_decided() -> None:
    committed = FILE.read_text(encoding="utf-8")
    assert committed == page(), "run: python -m tools.retention_page"


def test_every_table_is_on_the_page() -> None:
    text = page()
    for rule in HOUSE.personal_data:
        row = f"| `{rule.name}` |" if rule.purpose is not Purpose.NONE else ""
        assert (row or f"`{rule.name}`") in text


def test_the_shipped_configuration_says_the_same_times() -> None:
    shipped = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))["retention"]
    assert shipped == msgspec.structs.asdict(DEFAULTS)


@pytest.mark.parametrize("name", ["registre.md", "affichette.md", "aipd.md"])
def test_the_papers_name_no_other_times(name: str) -> None:
    text = " ".join((FILE.parent / name).read_text(encoding="utf-8").split())
    days = {int(found) for found in re.findall(r"(\d+) jours", text)}
    months = {int(found) for found in re.findall(r"(\d+) mois", text)}
    assert DEFAULTS.access_days in days
    assert days <= {DEFAULTS.access_days, 30}  # how long backups are kept, to be filled in
    assert months <= {DEFAULTS.member_months, DEFAULTS.reason_months}


def test_links_between_the_papers_lead_somewhere() -> None:
    for file in FILE.parent.glob("*.md"):
        for target in re.findall(r"\]\(([\w.-]+\.md)\)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), (file.name, target)
