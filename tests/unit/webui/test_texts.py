"""Every text is there in both languages, with the same placeholders, and none is left over."""

import re
from collections.abc import Iterator

import pytest

from controller.domain.facts import Language
from tests.unit.webui.extraction import Key, catalogue, used
from webui import i18n

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def translated() -> Iterator[tuple[Key, tuple[str, ...]]]:
    for message in catalogue():
        if message.id:
            key = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            yield key, tuple(str(text) for text in texts)


def test_english_is_complete_and_holds_nothing_else() -> None:
    assert {key for key, _ in translated()} == set(used())


def test_nothing_is_empty_or_uncertain() -> None:
    assert not [key for key, texts in translated() if not all(texts)]
    assert not [message.id for message in catalogue() if message.id and message.fuzzy]


def test_placeholders_are_the_same() -> None:
    for key, texts in translated():
        wanted = set(PLACEHOLDER.findall(key if isinstance(key, str) else " ".join(key)))
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == wanted, key


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.FR, ["0 libre", "1 libre", "2 libres"]),
        (Language.EN, ["0 free", "1 free", "2 free"]),
    ],
)
def test_plurals(language: Language, expected: list[str]) -> None:
    i18n.use(language)
    assert [i18n.plural("%(n)s libre", "%(n)s libres", n) for n in range(3)] == expected
    i18n.use(Language.FR)


def test_french_keeps_marks_with_their_word() -> None:
    i18n.use(Language.FR)
    assert i18n._("Résultats pour « %(query)s »", query="a") == ("Résultats pour «\u00a0a\u00a0»")
