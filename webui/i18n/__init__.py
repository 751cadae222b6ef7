"""Texts of the pages in the reader's language; the code contains them in English."""

from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import Locale, localedata

from controller.domain.facts import Language
from controller.domain.locale.catalogue import NC_, Translator
from controller.kernel.translation import catalogues

HERE = Path(__file__).parent
_translator: ContextVar[Translator] = ContextVar("words")


def use(language: Language, folders: Iterable[Path] = ()) -> None:
    """Use this language until the end of the request; `folders` hold the features' catalogues."""
    _translator.set(catalogues((HERE, *folders)).of(language))


def translator() -> Translator:
    """Return the translator of the current request; the domain's texts use it too."""
    return _translator.get(None) or catalogues((HERE,)).of()


def current() -> Language:
    """Return the language of the current request."""
    return translator().language


def locale(language: Language | None = None) -> Locale:
    """Return the Babel locale of that language, or of the current one, for dates and numbers."""
    return _locale(language or current())


@cache
def _locale(code: Language) -> Locale:
    if code is Language.EN or not localedata.exists(code):
        return Locale("en", "GB")
    return Locale(code)


def name_of(language: Language, in_language: Language | None = None) -> str:
    """Return the name of a language, in the current language or another: `français`, `French`."""
    return str(locale(in_language).languages.get(language, language))


def _(message: str, **values: object) -> str:
    """Return the text in the current language, with `%(name)s` filled in."""
    return translator().say(message, **values)


def gettext(message: str) -> str:
    """Return the text in the current language; for templates, which fill in the values
    themselves."""
    return translator().say(message)


def pgettext(context: str, message: str, **values: object) -> str:
    """Return a text that needs a context because the same English text has other translations."""
    return translator().say(NC_(context, message), **values)


def ngettext(one: str, many: str, n: int) -> str:
    """Return the text for n things in the current language; for templates."""
    return translator().choose(one, many, n)


def plural(one: str, many: str, n: int, **values: object) -> str:
    """Return the text for n things, with `%(n)s` and the other values filled in."""
    return translator().count(one, many, n, **values)
