"""Converts a spreadsheet into the member import's CSV file, by a column mapping.

Rows keep their line numbers.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO

from controller.capabilities.imports.mapping import LIST_COLUMNS, Badges, ColumnMapping, normalise
from controller.capabilities.imports.tables import Table
from controller.capabilities.member_files.columns import COLUMNS, SEPARATOR
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.capabilities.member_files.reading import ImportRefused
from controller.kernel.csv_cells import defuse

_DAYS = ("subscription_from", "subscription_until")
_YES = frozenset({"oui", "o", "x", "1", "yes", "y", "true", "vrai", "ok", "valide"})
_WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        **dict.fromkeys(("actif", "active", "oui", "yes", "1", "en cours", "a jour"), "active"),
        **dict.fromkeys(("suspendu", "suspendue", "suspended", "bloque", "bloquee"), "suspended"),
        **dict.fromkeys(("parti", "partie", "inactif", "inactive", "left", "non", "0"), "left"),
    },
    "language": {
        **dict.fromkeys(("francais", "francaise", "french"), "fr"),
        **dict.fromkeys(("anglais", "anglaise", "english"), "en"),
    },
}
"""Values that are recognised without a mapping."""


def convert_table(table: Table, mapping: ColumnMapping, today: date) -> bytes:
    """Convert the table to CSV for `import_members`.

    Leaves values that can't be converted, which the import then reports. Raises ImportRefused if
    the mapping names an unknown heading, or no column for `display_name`.
    """
    position = {heading: index for index, heading in enumerate(table.headings)}
    _check(table, mapping)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    line = 1
    for number, cells in table.rows:
        text.write("\n" * (number - line - 1))
        writer.writerow(map(defuse, _row(mapping, position, cells, today)))
        line = number
    return text.getvalue().encode()


def _check(table: Table, mapping: ColumnMapping) -> None:
    mapped_headings = {
        heading for column in mapping.columns for heading in mapping.headings(column)
    }
    missing_headings = (mapped_headings | set(mapping.certifications.values())) - set(
        table.headings
    )
    allowed = {"allowed": ", ".join(table.headings)}
    if missing_headings:
        problems = [
            Problem(1, column, ProblemReason.COLUMN_UNKNOWN, allowed)
            for column in sorted(missing_headings)
        ]
        raise ImportRefused(problems)
    if not mapping.columns.get("display_name"):
        raise ImportRefused([Problem(1, "display_name", ProblemReason.COLUMN_MISSING, allowed)])


def _row(
    mapping: ColumnMapping, position: Mapping[str, int], cells: tuple[str, ...], today: date
) -> Iterator[str]:
    row = {name: _cell(mapping, position, cells, name) for name in COLUMNS}
    certifications = [row["certifications"]] if row["certifications"] else []
    certifications += [
        key
        for key, name in mapping.certifications.items()
        if normalise(cells[position[name]]) in _YES
    ]
    row["certifications"] = SEPARATOR.join(certifications)
    if not row["plan"]:
        if mapping.columns.get("plan"):
            row |= dict.fromkeys(_DAYS, "")
    elif not mapping.columns.get("subscription_from"):
        row["subscription_from"] = _subscription_start(row["subscription_until"], today)
    return iter(row.values())


def _subscription_start(until: str, today: date) -> str:
    """Return the start of a subscription without a column for it: today, or its end if that is
    earlier."""
    return min(today.isoformat(), until) if re.fullmatch(r"\d{4}-\d\d-\d\d", until) else str(today)


def _cell(
    mapping: ColumnMapping, position: Mapping[str, int], cells: tuple[str, ...], column: str
) -> str:
    text = " ".join(
        filter(None, (cells[position[heading]] for heading in mapping.headings(column)))
    )
    text = text or mapping.always.get(column, "")
    values = mapping.values.get(column, {})
    if column in LIST_COLUMNS and text not in values:
        parts = re.split(r"[|;,\n]" if column != "organisations" else r"[|;\n]", text)
        mapped = [values.get(part.strip(), part.strip()) for part in parts]
        return SEPARATOR.join(filter(None, mapped))
    if text in values:
        return values[text]
    if column in _WORDS:
        return _WORDS[column].get(normalise(text), text)
    if column in _DAYS:
        return day_of(text, day_first=mapping.day_first)
    return badge_of(text, mapping.badges) if column == "badge" else text


def day_of(text: str, *, day_first: bool = True) -> str:
    """Convert `3/4/26`, `03.04.2026` or `2026-04-03 00:00` to `2026-04-03`; return other text
    unchanged."""
    bare = text.replace("T", " ").partition(" ")[0]
    parts = re.split(r"[-/.]", bare)
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return text
    if len(parts[0]) == 4:
        year, month, day = map(int, parts)
    else:
        first, second, year = map(int, parts)
        day, month = (first, second) if day_first else (second, first)
        year += 2000 if year < 100 else 0
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def badge_of(text: str, badges: Badges = "as_read") -> str:
    """Convert `04:a1:b2:c3` to `uid:04A1B2C3`; other text is returned unchanged."""
    bare = re.sub(r"[\s:.-]", "", text)
    if ":" in text and not re.fullmatch(r"([0-9A-Fa-f]{2}[:. -]?)+", text):
        return text
    if badges == "decimal":
        if not bare.isdecimal() or int(bare) >= 1 << 32:
            return text
        return f"uid:{int(bare).to_bytes(4, 'little').hex().upper()}"
    if not re.fullmatch(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20}", bare):
        return text
    number = bytes.fromhex(bare)
    return f"uid:{(number[::-1] if badges == 'reversed' else number).hex().upper()}"
