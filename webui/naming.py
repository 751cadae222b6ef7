"""Names of things: shown in the language of the page, entered in both; and numbers from forms."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.facts import Language, Name
from controller.kernel.shapes import DecisionText, Label
from webui.i18n import _, current

_NUMBERED = re.compile(r"(?<=\bn°) (?=\d)", re.IGNORECASE)
_ALIKE = str.maketrans("’ʼ‐", "''-")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameField:
    """A form field for a name in one language."""

    key: str
    label: str
    value: str
    first: bool
    """Whether it is the site's own language, in which a name is required."""


def read_label(label: Label) -> str:
    """Return the name in the current language, or else in another.

    A number after `n°` is kept on the same line by a no-break space.
    """
    return _NUMBERED.sub("\u00a0", Name(fr=label.fr, en=label.en).read(current()))


def read_text(text: DecisionText) -> str:
    """Return a decision's text in the current language, or else in French."""
    translated: str = getattr(text, current().value, None) or text.fr
    return translated


def is_same_name(typed: str, name: str) -> bool:
    """Whether `typed` is the name; case does not count, nor lookalike apostrophes, hyphens and
    spaces."""
    one, other = (
        unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE).split()
        for text in (typed, name)
    )
    return one == other


def typed_names(form: Mapping[str, str]) -> dict[str, str | None]:
    """Return a form's names as a merge patch; an empty field removes the name in that language."""
    typed = {code: " ".join(form.get(f"name_{code}", "")[:1000].split()) for code in ("fr", "en")}
    return {code: text or None for code, text in typed.items()}


def label_texts(label: Label) -> dict[str, str | None]:
    """Return the names of a label, by language, for the fields of a form."""
    return {"fr": label.fr, "en": label.en}


def name_fields(names: Mapping[str, str | None], site_language: Language) -> tuple[NameField, ...]:
    """Return the fields for a name, with the site's language first."""
    labels = {"fr": _("Name in French"), "en": _("Name in English")}
    ordered = ("en", "fr") if site_language is Language.EN else ("fr", "en")
    return tuple(
        NameField(key=code, label=labels[code], value=names.get(code) or "", first=n == 0)
        for n, code in enumerate(ordered)
    )


def whole_number(text: str) -> int | str:
    """Return the number that was typed; if it is none, the text, which the service will refuse."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else text
