"""Which column of a spreadsheet is what here: guessed, set on a page, kept as a file."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from controller.capabilities.member_files.columns import COLUMNS
from controller.capabilities.members.shapes import PRIVATE_TEXTS
from controller.kernel.errors import Invalid
from controller.kernel.sandbox import sandbox
from controller.kernel.shapes import Shape

Badges = Literal["as_read", "reversed", "decimal"]
LISTS = ("categories", "certifications", "organisations")
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
"""As `_heading` reads them."""
_FIRST = ("prenom", "first name", "firstname", "given name")
_LAST = ("nom", "nom famille", "last name", "lastname", "surname", "family name")
_SMALL = frozenset({"d", "de", "du", "des", "l", "la", "le", "les", "of", "the"})
_NUMBER = frozenset({"n", "no", "nr", "num", "number"})


class ColumnMapping(Shape, frozen=True, kw_only=True):
    """The contents of a mapping file."""

    columns: Mapping[str, str | tuple[str, ...]] = {}
    """Headings by our column; several are joined by a blank: first name, then name."""
    always: Mapping[str, str] = {}
    """Values that are in no column and the same for everybody."""
    certifications: Mapping[str, str] = {}
    """Headings of columns that say yes or no, by certification."""
    values: Mapping[str, Mapping[str, str]] = {}
    """By our column, what each value is called here; nothing: it is left out."""
    day_first: bool = True
    """03/04/2026 is the third of April."""
    badges: Badges = "as_read"
    """`reversed`: from the last byte to the first; `decimal`: of those, as one number."""

    def __post_init__(self) -> None:
        """Only columns that there are."""
        for name in (*self.columns, *self.always, *self.values):
            if name not in COLUMNS:
                raise ValueError(f"{name}: no such column; possible: {', '.join(COLUMNS)}")

    def headings(self, column: str) -> tuple[str, ...]:
        """Where a column of ours comes from."""
        found = self.columns.get(column, ())
        return (found,) if isinstance(found, str) else found


def plain(text: str) -> str:
    """For comparing what people typed: no accents, signs or capitals."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def _heading(text: str) -> str:
    """A heading without small words: *N° de badge* is `numero badge`."""
    words = (word for word in plain(text).split() if word not in _SMALL)
    return " ".join("numero" if word in _NUMBER else word for word in words)


def guess(headings: Sequence[str], certifications: Mapping[str, str]) -> ColumnMapping:
    """From headings in French or English, our own, or the names of certifications."""
    by_words = {_heading(heading): heading for heading in headings}
    columns: dict[str, str | tuple[str, ...]] = {}
    for column, names in _HEADINGS.items():
        found = _one(by_words, (_heading(column), *names))
        if found is not None and found not in columns.values():
            columns[column] = found
    first, last = _one(by_words, _FIRST), _one(by_words, _LAST)
    if "display_name" not in columns and last:
        columns["display_name"] = (first, last) if first else last
    by_plain = {plain(heading): heading for heading in headings}
    given = {
        key: by_plain[plain(name)]
        for key, name in certifications.items()
        if plain(name) in by_plain and by_plain[plain(name)] not in columns.values()
    }
    return ColumnMapping(columns=columns, certifications=given)


def itself(headings: Iterable[str]) -> ColumnMapping:
    """Of what has our headings already."""
    return ColumnMapping(columns={heading: heading for heading in headings})


def guess_values(cells: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Match cells to ids with the same name. `known` is names by id."""
    by_plain = {plain(name): key for key, name in known.items()} | {plain(k): k for k in known}
    return {cell: by_plain[plain(cell)] for cell in cells if plain(cell) in by_plain}


def load(data: bytes) -> ColumnMapping:
    """From a file. Raises Invalid, NotReadable."""
    try:
        raw = sandbox.read("controller.kernel.sandbox.readers:toml", data, msgspec.Raw)
        return msgspec.json.decode(raw, type=ColumnMapping)
    except msgspec.ValidationError as problem:
        raise Invalid.of("mapping", str(problem)) from problem


def dump(mapping: ColumnMapping) -> str:
    """As a file that `load` reads."""
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


def _one(by_words: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((by_words[name] for name in names if name in by_words), None)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: object) -> str:
    """JSON's strings and lists of them are TOML's."""
    text = msgspec.json.encode(value).decode()
    return text.replace("\x7f", "\\u007f")
