"""Texts of the pages in the reader's language; they stand in English where they are used."""

from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path

from babel import Locale, localedata

from controller.domain.facts import Language
from controller.domain.locale.catalogue import NC_, Translator
from controller.kernel.translation import catalogues

HERE = Path(__file__).parent
_translator: ContextVar[Translator] = ContextVar("words")


def use(language: Language, folders: Iterable[Path] = ()) -> None:
    """Speak this language until the end of the current request; features have their own folders."""
    _translator.set(catalogues((HERE, *folders)).of(language))


def translator() -> Translator:
    """The texts of the current request, for what is said by the domain too."""
    return _translator.get(None) or catalogues((HERE,)).of()


def current() -> Language:
    """The language of the current request."""
    return translator().language


def locale(language: Language | None = None) -> Locale:
    """How dates and numbers are written in that language, or the current one (CLDR)."""
    code = language or current()
    if code is Language.EN or not localedata.exists(code):
        return Locale("en", "GB")
    return Locale(code)


def name_of(language: Language, in_language: Language | None = None) -> str:
    """What a language is called, in the current one or in another: `français`, `French`."""
    return str(locale(in_language).languages.get(language, language))


def _(message: str, **values: object) -> str:
    """The text in the current language, with `%(name)s` filled in."""
    return translator().say(message, **values)


def gettext(message: str) -> str:
    """The text in the current language; for templates, which fill in the values themselves."""
    return translator().say(message)


def pgettext(context: str, message: str, **values: object) -> str:
    """A text that reads the same as another one in English, and differs elsewhere."""
    return translator().say(NC_(context, message), **values)


def ngettext(one: str, many: str, n: int) -> str:
    """The text for n things in the current language; for templates."""
    return translator().choose(one, many, n)


def plural(one: str, many: str, n: int, **values: object) -> str:
    """The text for n things, with `%(n)s` and the other values filled in."""
    return translator().count(one, many, n, **values)
