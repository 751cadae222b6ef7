"""The texts of a language, looked up by the plain English in the source."""

from collections.abc import Iterable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

from controller.domain.facts import Language

PLURAL_CACHE_SIZE = 512
"""How many plural texts are cached; an uncached one is looked up in every feature's catalogue."""
_CONTEXT = "\x04"
"""The separator of a context and its text in compiled catalogues (GNU gettext, *Contexts*)."""


def N_(text: str) -> str:
    """Mark a text for extraction into the catalogues; it is translated where it is used."""
    return text


def NC_(context: str, text: str) -> str:
    """Mark a text with a context, for an English word with several translations."""
    return f"{context}{_CONTEXT}{text}"


class Translator:
    """Translates into one language; a text without a translation stays in English."""

    __slots__ = ("_cache", "_counted", "_texts", "language")

    def __init__(self, language: Language, texts: NullTranslations) -> None:
        self.language, self._texts = language, texts
        self._cache: dict[str, str] = {}
        self._counted = lru_cache(maxsize=PLURAL_CACHE_SIZE)(texts.ngettext)

    def say(self, text: str, **values: object) -> str:
        """Return the translated text, with `%(name)s` filled in."""
        translation = self._cache.get(text)
        if translation is None:
            translation = self._cache[text] = self._texts.gettext(text).rpartition(_CONTEXT)[2]
        return translation % values if values else translation

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """Return the translated text for n things; fills in `%(n)s` and the other values."""
        return self.choose(one, many, n) % {"n": n, **values}

    def choose(self, one: str, many: str, n: int) -> str:
        """Return the translated text for n things, without filling in values."""
        return self._counted(one, many, n)


class Catalogues:
    """The translators of all languages, from compiled catalogues (`.mo`), one or more per
    language."""

    def __init__(self, compiled: Iterable[tuple[str, bytes]] = ()) -> None:
        """`compiled`: pairs of a language (ISO 639) and a file's contents; earlier files take
        precedence."""
        translations: dict[Language, NullTranslations] = {}
        for code, data in compiled:
            texts: NullTranslations = GNUTranslations(BytesIO(data))
            if (first := translations.setdefault(Language(code), texts)) is not texts:
                first.add_fallback(texts)
        english = translations.setdefault(Language.EN, NullTranslations())
        for language, texts in translations.items():
            if language is not Language.EN:
                texts.add_fallback(english)
        self._translators = {
            language: Translator(language, texts) for language, texts in translations.items()
        }

    @property
    def languages(self) -> tuple[Language, ...]:
        """Return French, English, then the other languages in the order of their files."""
        return tuple(sorted(self._translators, key=lambda word: [*Language, word].index(word)))

    def of(self, *wanted: Language) -> Translator:
        """Return the translator of the first available language of `wanted`, else French, else
        English."""
        available = (
            language for language in (*wanted, Language.FR) if language in self._translators
        )
        return self._translators[next(available, Language.EN)]
