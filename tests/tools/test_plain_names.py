"""Which names of modules the check refuses, and that a retired name is found wherever it stands."""

import ast

import pytest

from tools.plain_names import RETIRED, _names, is_bare


@pytest.mark.parametrize("name", ["told", "asked", "going_on", "elsewhere", "merging", "beside"])
def test_a_participle_or_an_adverb_is_no_name(name: str) -> None:
    assert is_bare(name)


@pytest.mark.parametrize(
    "name", ["billing", "member_presenter", "fair_dispatch", "told_view", "wiring"]
)
def test_a_noun_is_one(name: str) -> None:
    assert not is_bare(name)


@pytest.mark.parametrize(
    "said", ["from a import misfit", "db.known_as", "def told_once(): ...", "f(known_as=1)"]
)
def test_a_retired_name_is_found(said: str) -> None:
    assert RETIRED.intersection(_names(ast.parse(said)))
