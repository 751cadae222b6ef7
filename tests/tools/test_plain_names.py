"""Which names and docstrings the check refuses, and that a retired name is found everywhere."""

import ast

import pytest

from tools.plain_names import RETIRED, _names, bare_names, is_bare, restating_docstrings


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


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("def seen_by(): ...", ["function seen_by"]),
        ("class Told: ...", ["class Told"]),
        ("def _told(): ...", []),
        ("def read(): ...", []),
        ("class ToldKind: ...", []),
    ],
)
def test_public_functions_and_classes_have_plain_names(said: str, refused: list[str]) -> None:
    assert list(bare_names(ast.parse(said))) == refused


@pytest.mark.parametrize(
    ("text", "restates"),
    [
        ("The members of a site.", True),
        ("All of them.", True),
        ("The members of a site, newest first.", False),
        ("The members of a site. Raises Forbidden.", False),
    ],
)
def test_a_docstring_says_more_than_the_signature(text: str, restates: bool) -> None:
    source = f'def members_of(site_id: str) -> list[str]:\n    """{text}"""'
    assert bool(list(restating_docstrings(ast.parse(source)))) is restates
