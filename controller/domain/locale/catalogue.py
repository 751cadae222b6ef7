"""The texts of a language, looked up by how they stand in the source: in plain English."""

from collections.abc import Iterable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

from controller.domain.facts import Language

COUNTED = 512
"""Plural texts that are cached: each is looked up in the features' catalogues in turn."""
_CONTEXT = "\x04"
"""Between a context and its text, in compiled catalogues (GNU gettext, *Contexts*)."""


def N_(text: str) -> str:
    """Mark a text of a table for the catalogues; it is looked up where it is said."""
    return text


def NC_(context: str, text: str) -> str:
    """Mark a text that reads the same as another one in English, and differs elsewhere."""
    return f"{context}{_CONTEXT}{text}"


class Translator:
    """Translates to one language; a text that it lacks stays in English."""

    __slots__ = ("_counted", "_said", "_texts", "language")

    def __init__(self, language: Language, texts: NullTranslations) -> None:
        self.language, self._texts = language, texts
        self._said: dict[str, str] = {}  # found once: a tap's texts are said again and again
        self._counted = lru_cache(maxsize=COUNTED)(texts.ngettext)

    def say(self, text: str, **values: object) -> str:
        """The text, with `%(name)s` filled in."""
        said = self._said.get(text)
        if said is None:
            said = self._said[text] = self._texts.gettext(text).rpartition(_CONTEXT)[2]
        return said % values if values else said

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The text for n things, with `%(n)s` and the other values filled in."""
        return self.choose(one, many, n) % {"n": n, **values}

    def choose(self, one: str, many: str, n: int) -> str:
        """The text for n things, whose values somebody else fills in."""
        return self._counted(one, many, n)


class Catalogues:
    """Every language that somebody read from compiled catalogues (`.mo`), one or more for each."""

    def __init__(self, compiled: Iterable[tuple[str, bytes]] = ()) -> None:
        """`compiled`: languages (ISO 639) and files; of two that know a text the first counts."""
        found: dict[Language, NullTranslations] = {}
        for code, data in compiled:
            texts: NullTranslations = GNUTranslations(BytesIO(data))
            if (first := found.setdefault(Language(code), texts)) is not texts:
                first.add_fallback(texts)
        english = found.setdefault(Language.EN, NullTranslations())
        for language, texts in found.items():
            if language is not Language.EN:
                texts.add_fallback(english)
        self._words = {language: Translator(language, texts) for language, texts in found.items()}

    @property
    def languages(self) -> tuple[Language, ...]:
        """French, English, then the others as they were read."""
        return tuple(sorted(self._words, key=lambda word: [*Language, word].index(word)))

    def of(self, *wanted: Language) -> Translator:
        """The first of these languages that is there, else French, else English."""
        there = (language for language in (*wanted, Language.FR) if language in self._words)
        return self._words[next(there, Language.EN)]
