"""A word that is explained is explained once, in every language, and somewhere on a page."""

import re
from pathlib import Path

import pytest

from controller.domain.facts import Language
from webui import help as helping
from webui import i18n

CALL = re.compile(r'\bhelp\("(\w+)"\)')
USED = {
    key
    for file in Path("webui").rglob("templates/**/*.html")
    for key in CALL.findall(file.read_text("utf-8"))
}


def test_each_word_that_a_page_explains_has_a_text_and_each_text_a_page() -> None:
    assert set(helping._texts()) == USED


@pytest.mark.parametrize("key", sorted(USED))
def test_it_is_said_in_each_language_and_ends_as_a_sentence_does(key: str) -> None:
    said = {}
    for language in (Language.FR, Language.EN):
        i18n.use(language)
        said[language] = helping.help_on(key)
        assert said[language].text.endswith(".")
    i18n.use(Language.FR)
    assert said[Language.FR] != said[Language.EN]
