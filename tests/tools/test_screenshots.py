"""Pictures of the pages: named after what the rail leads to; what else is pictured is there."""

import re

import pytest

from tools.screenshots import STATES, name_of
from webui.features import FEATURES

RULES = [page.rule for feature in FEATURES for pages in feature.pages for page in pages]


@pytest.mark.parametrize(
    ("address", "name"),
    [("/", "live"), ("/desk", "desk"), ("/safety-register", "safety-register"), ("/a/b", "a-b")],
)
def test_a_picture_is_named_after_its_page(address: str, name: str) -> None:
    assert name_of(address) == name


@pytest.mark.parametrize("name", STATES)
def test_each_state_is_of_a_page(name: str) -> None:
    address = STATES[name].partition("?")[0]
    patterns = [re.sub(r"<\w+>", "[^/]+", rule) for rule in RULES]
    assert any(re.fullmatch(pattern, address) for pattern in patterns)
