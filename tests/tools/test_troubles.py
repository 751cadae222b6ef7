"""The pages that start from what a display says have an answer to all that it can say."""

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import Language
from controller.domain.states import FaultKind, Refusal
from tests.support.tree import ROOT
from tools.hardware.display_texts import families
from tools.troubles.page import CALM, FILES, codes, entries, page

NEVER_SHOWN = {FaultKind.JOB_UNKNOWN}


def test_each_text_of_a_display_has_an_entry_and_no_entry_is_of_none() -> None:
    assert entries().keys() == codes(), "tools/troubles/entries.toml"


def test_each_typed_reason_is_among_them() -> None:
    known = codes()
    assert {reason.value for reason in DenyReason} <= known
    assert {f"refused {refusal}" for refusal in Refusal} <= known
    assert {f"fault {kind}" for kind in FaultKind if kind not in NEVER_SHOWN} <= known


def test_what_is_calm_is_said_by_a_display() -> None:
    shown = {one.code for family in families(Language.FR).values() for one in family}
    assert shown >= CALM


@pytest.mark.parametrize("language", Language)
def test_each_entry_says_something_in_each_language(language: Language) -> None:
    for code, entry in entries().items():
        assert len(entry["fr"]) == len(entry["en"]), code
        assert all(entry[language.value]), code


@pytest.mark.parametrize("language", Language)
def test_the_pages_are_up_to_date(language: Language) -> None:
    file = ROOT / "docs" / FILES[language]
    assert file.read_text(encoding="utf-8") == page(language), "run python -m tools.troubles"
