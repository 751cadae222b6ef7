"""Translators over the server's catalogues, and a text in all its languages at once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast

import msgspec
from sqlalchemy.orm import Session

import controller.domain.locale
from controller.domain.facts import Language
from controller.domain.locale.catalogue import Catalogues, Translator
from controller.kernel.shapes import DecisionText

DOMAIN = Path(controller.domain.locale.__path__[0])
"""Its languages are those of the house: agents speak them too."""


@cache
def catalogues(folders: tuple[Path, ...] = ()) -> Catalogues:
    """What these folders hold, and the domain's; the compiled files are read once."""
    files = [file for folder in (*folders, DOMAIN) for file in sorted(folder.glob("*.mo"))]
    return Catalogues((file.stem, file.read_bytes()) for file in files)


def languages() -> tuple[Language, ...]:
    """French, English, and whatever else there is a catalogue for."""
    return catalogues().languages


def translator(db: Session, language: Language) -> Translator:
    """The texts of all features in that language."""
    return catalogues(db.info["house"].locale).of(language)


def in_every_language(db: Session, say: Callable[[Translator], str]) -> DecisionText:
    """The text in all languages of the house."""
    said = {language.value: say(translator(db, language)) for language in languages()}
    return _shape(tuple(said.keys() - {"fr", "en"}))(**said)


@cache
def _shape(more: tuple[str, ...]) -> type[DecisionText]:
    """With a field for each language beyond French and English."""
    fields = [(code, str) for code in more]
    made = msgspec.defstruct(
        "DecisionText", fields, bases=(DecisionText,), frozen=True, kw_only=True
    )
    return cast("type[DecisionText]", made)
