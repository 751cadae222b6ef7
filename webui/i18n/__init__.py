"""Interface texts: written in French where they are used, in English in `en.po`, read at start."""

from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from controller.domain.facts import Language

CATALOGUE = Path(__file__).with_name("en.po")
NO_BREAK = "\u00a0"

_language: ContextVar[Language] = ContextVar("language", default=Language.FR)


class French(NullTranslations):
    """The texts as they stand in the source, with French plurals and no-break spaces."""

    def gettext(self, message: str) -> str:
        return _typeset(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _typeset(msgid1 if n < 2 else msgid2)


def _typeset(text: str) -> str:
    """Keep `:`, `;`, `?`, `!` and guillemets with their word, as French does."""
    for mark in ":;?!»":
        text = text.replace(f" {mark}", f"{NO_BREAK}{mark}")
    return text.replace("« ", f"«{NO_BREAK}")


@cache
def translations(language: Language) -> NullTranslations:
    """The texts of one language."""
    if language is Language.FR:
        return French()
    compiled = BytesIO()
    with CATALOGUE.open("rb") as source:
        write_mo(compiled, read_po(source, locale="en"))
    compiled.seek(0)
    return GNUTranslations(compiled)


def use(language: Language) -> None:
    """Speak this language until the end of the current request."""
    _language.set(language)


def current() -> Language:
    """The language of the current request."""
    return _language.get()


def _(message: str, **values: object) -> str:
    """The text in the current language, with `%(name)s` filled in."""
    return translations(current()).gettext(message) % values if values else gettext(message)


def gettext(message: str) -> str:
    """The text in the current language; for templates, which fill in the values themselves."""
    return translations(current()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """The text for n things in the current language; for templates."""
    return translations(current()).ngettext(one, many, n)


def plural(one: str, many: str, n: int, **values: object) -> str:
    """The text for n things, with `%(n)s` and the other values filled in."""
    return ngettext(one, many, n) % {"n": n, **values}
