"""Maps columns of a spreadsheet to ours: guessed, changed on a page, stored as a file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from controller.capabilities.member_files.columns import COLUMNS
from controller.capabilities.members.shapes import PRIVATE_TEXTS
from controller.kernel.errors import Invalid
from controller.kernel.privacy.names import fold
from controller.kernel.sandbox import sandbox
from controller.kernel.shapes import Shape

Badges = Literal["as_read", "reversed", "decimal"]
"""How badge numbers are written in the spreadsheet; see `ColumnMapping.badges`."""
LIST_COLUMNS = ("categories", "certifications", "organisations")
"""Our columns with several values."""
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "display_name": ("nom complet", "nom et prenom", "prenom nom", "full name", "name", "usager"),
    "email": ("courriel", "e mail", "email", "mail", "adresse mail", "adresse e mail", "mel"),
    "language": ("langue", "language", "lang"),
    "categories": ("categorie", "categories", "category", "public", "statut social", "group"),
    "status": ("statut", "etat", "status", "state", "actif", "active"),
    "plan": ("formule", "abonnement", "adhesion", "plan", "subscription", "membership", "tarif"),
    "subscription_from": (
        "debut",
        "date debut",
        "debut abonnement",
        "debut adhesion",
        "date adhesion",
        "start",
        "start date",
        "from",
        "valid from",
    ),
    "subscription_until": (
        "fin",
        "date fin",
        "fin abonnement",
        "fin adhesion",
        "date fin abonnement",
        "date fin adhesion",
        "echeance",
        "valable jusqu au",
        "end",
        "end date",
        "until",
        "expires",
        "expiry",
        "valid until",
    ),
    "badge": (
        "badge",
        "numero badge",
        "badge numero",
        "carte",
        "numero carte",
        "uid",
        "card",
        "card numero",
        "rfid",
        "tag",
        "nfc",
    ),
    "certifications": (
        "habilitations",
        "habilitation",
        "formations",
        "machines",
        "certifications",
        "trainings",
    ),
    "organisations": ("structure", "organisation", "association", "entreprise", "company"),
    "guardian_name": ("responsable legal", "parent", "tuteur", "guardian"),
    "guardian_phone": ("telephone responsable", "telephone parent", "guardian phone"),
    "guardian_email": ("courriel responsable", "mail parent", "guardian email"),
    **PRIVATE_TEXTS,
}
"""Usual headings of our columns, in the form of `_heading`."""
_FIRST = ("prenom", "first name", "firstname", "given name")
_LAST = ("nom", "nom famille", "last name", "lastname", "surname", "family name")
_IGNORED_WORDS = frozenset({"d", "de", "du", "des", "l", "la", "le", "les", "of", "the"})
_NUMBER = frozenset({"n", "no", "nr", "num", "number"})


class ColumnMapping(Shape, frozen=True, kw_only=True):
    """The mapping of a spreadsheet's columns, as a mapping file contains it."""

    columns: Mapping[str, str | tuple[str, ...]] = {}
    """Headings by our column; several cells are joined with a blank, such as first and last
    name."""
    always: Mapping[str, str] = {}
    """Constant values of our columns."""
    certifications: Mapping[str, str] = {}
    """Headings of yes-or-no columns, by certification."""
    values: Mapping[str, Mapping[str, str]] = {}
    """Our value for each value of a column; empty: leave it out."""
    day_first: bool = True
    """Whether 03/04/2026 is the third of April."""
    badges: Badges = "as_read"
    """How badge numbers are written.

    `reversed`: the last byte first; `decimal`: as a decimal number, the last byte first."""

    def __post_init__(self) -> None:
        """Check that all columns exist. Raises ValueError."""
        for name in (*self.columns, *self.always, *self.values):
            if name not in COLUMNS:
                raise ValueError(f"{name}: no such column; possible: {', '.join(COLUMNS)}")

    def headings(self, column: str) -> tuple[str, ...]:
        """Return the headings that fill one of our columns."""
        headings_of_column = self.columns.get(column, ())
        return (headings_of_column,) if isinstance(headings_of_column, str) else headings_of_column


def normalise(text: str) -> str:
    """Return the text for comparison, without accents, punctuation and capitals."""
    bare = fold(text).encode("ascii", "ignore").decode()
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def _heading(text: str) -> str:
    """Return a heading for comparison, without small words: *N° de badge* becomes `numero
    badge`."""
    words = (word for word in normalise(text).split() if word not in _IGNORED_WORDS)
    return " ".join("numero" if word in _NUMBER else word for word in words)


def guess(headings: Sequence[str], certifications: Mapping[str, str]) -> ColumnMapping:
    """Guess a mapping from headings in French or English, our own, or names of certifications."""
    by_words = {_heading(heading): heading for heading in headings}
    columns: dict[str, str | tuple[str, ...]] = {}
    for column, names in _HEADINGS.items():
        match = _first_match(by_words, (_heading(column), *names))
        if match is not None and match not in columns.values():
            columns[column] = match
    first, last = _first_match(by_words, _FIRST), _first_match(by_words, _LAST)
    if "display_name" not in columns and last:
        columns["display_name"] = (first, last) if first else last
    by_plain = {normalise(heading): heading for heading in headings}
    certification_headings = {
        key: by_plain[normalise(name)]
        for key, name in certifications.items()
        if normalise(name) in by_plain and by_plain[normalise(name)] not in columns.values()
    }
    return ColumnMapping(columns=columns, certifications=certification_headings)


def identity_mapping(headings: Iterable[str]) -> ColumnMapping:
    """Return the mapping for a spreadsheet that has our own headings."""
    return ColumnMapping(columns={heading: heading for heading in headings})


def guess_values(cells: Iterable[str], names_by_id: Mapping[str, str]) -> dict[str, str]:
    """Match cells to ids with the same name."""
    by_plain = {normalise(name): key for key, name in names_by_id.items()} | {
        normalise(key): key for key in names_by_id
    }
    return {cell: by_plain[normalise(cell)] for cell in cells if normalise(cell) in by_plain}


def load(data: bytes) -> ColumnMapping:
    """Read a mapping from a file. Raises Invalid, NotReadable."""
    try:
        raw = sandbox.read("controller.kernel.sandbox.readers:toml", data, msgspec.Raw)
        return msgspec.json.decode(raw, type=ColumnMapping)
    except msgspec.ValidationError as problem:
        raise Invalid.of("mapping", str(problem)) from problem


def dump(mapping: ColumnMapping) -> str:
    """Write a mapping as a TOML file for `load`."""
    lines = [f"day_first = {str(mapping.day_first).lower()}", f'badges = "{mapping.badges}"']
    tables: dict[str, Mapping[str, object]] = {
        "columns": mapping.columns,
        "always": mapping.always,
        "certifications": mapping.certifications,
        **{f"values.{column}": value for column, value in mapping.values.items()},
    }
    for name, table in tables.items():
        if table:
            lines += ["", f"[{name}]"]
            lines += [f"{_key(key)} = {_toml(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _first_match(by_words: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((by_words[name] for name in names if name in by_words), None)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: object) -> str:
    """Format a value; JSON's strings and lists of strings are valid TOML too."""
    text = msgspec.json.encode(value).decode()
    return text.replace("\x7f", "\\u007f")
