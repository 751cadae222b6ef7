"""Translators for the server's catalogues, and texts in all languages at once."""

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
"""The domain's catalogues; agents use them too, so they define which languages exist."""


@cache
def catalogues(folders: tuple[Path, ...] = ()) -> Catalogues:
    """Return the catalogues of these folders and the domain; the compiled files are read once."""
    files = [file for folder in (*folders, DOMAIN) for file in sorted(folder.glob("*.mo"))]
    return Catalogues((file.stem, file.read_bytes()) for file in files)


def languages() -> tuple[Language, ...]:
    """Return French, English, and the other languages with a catalogue."""
    return catalogues().languages


def translator(db: Session, language: Language) -> Translator:
    """Return the translator for that language, with the texts of all features."""
    return catalogues(db.info["house"].locale).of(language)


def in_every_language(db: Session, say: Callable[[Translator], str]) -> DecisionText:
    """Return the text in all languages."""
    texts = {language.value: say(translator(db, language)) for language in languages()}
    return _shape(tuple(texts.keys() - {"fr", "en"}))(**texts)


@cache
def _shape(codes: tuple[str, ...]) -> type[DecisionText]:
    """Return a shape with a field for each language beyond French and English."""
    fields = [(code, str) for code in codes]
    shape = msgspec.defstruct(
        "DecisionText", fields, bases=(DecisionText,), frozen=True, kw_only=True
    )
    return cast("type[DecisionText]", shape)
