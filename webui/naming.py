"""Names of things: read in the language of the page, typed in both; and their numbers."""

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
    """A field for a name in one language."""

    key: str
    label: str
    value: str
    first: bool
    """Whether it is that of the place; the other may stay empty."""


def read_label(label: Label) -> str:
    """The name in the current language, else in another; a number stays in the line of its n°."""
    return _NUMBERED.sub("\u00a0", Name(fr=label.fr, en=label.en).read(current()))


def read_text(text: DecisionText) -> str:
    """A text of the domain in the current language, which it has if the house does."""
    found: str = getattr(text, current().value, None) or text.fr
    return found


def is_same_name(typed: str, name: str) -> bool:
    """Whether this name was typed; apostrophes, hyphens and spaces that look alike are the same."""
    one, other = (unicodedata.normalize("NFKC", text).translate(_ALIKE) for text in (typed, name))
    return one.split() == other.split()


def typed_names(form: Mapping[str, str]) -> dict[str, str | None]:
    """What the fields of a name say, as a merge patch of it: an empty one takes it away."""
    typed = {code: " ".join(form.get(f"name_{code}", "")[:1000].split()) for code in ("fr", "en")}
    return {code: text or None for code, text in typed.items()}


def names_of(label: Label) -> dict[str, str | None]:
    """What stands in the fields of a name that there is."""
    return {"fr": label.fr, "en": label.en}


def name_fields(names: Mapping[str, str | None], place: Language) -> tuple[NameField, ...]:
    """The fields, that in the language of the place first."""
    labels = {"fr": _("Name in French"), "en": _("Name in English")}
    ordered = ("en", "fr") if place is Language.EN else ("fr", "en")
    return tuple(
        NameField(key=code, label=labels[code], value=names.get(code) or "", first=n == 0)
        for n, code in enumerate(ordered)
    )


def whole_number(text: str) -> int | str:
    """The number that was typed; the text if it is none, for the service to refuse."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else text
