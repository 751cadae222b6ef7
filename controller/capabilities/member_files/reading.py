"""Reads a members' file as saved by Excel, another spreadsheet or a program."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from types import MappingProxyType
from typing import TextIO

from controller.capabilities.member_files.already_here import LineRemark
from controller.capabilities.member_files.columns import (
    COLUMNS,
    REQUIRED,
    Line,
    PlaceData,
    read_line,
)
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.kernel.csv_cells import plain_cell
from controller.kernel.errors import ServiceError
from controller.kernel.validate import NUL

MAX_PROBLEMS = 1000
"""Reading stops after this number of problems."""
MAX_LINES = 200_000
"""Maximum number of lines of a file."""
NO_HEADINGS: Mapping[str, str] = MappingProxyType({})
SEPARATORS = ",;\t"
"""Column separators that are recognised in the header."""
_MARKS = ((BOM_UTF8, "UTF-8"), (BOM_UTF16_LE, "UTF-16-LE"), (BOM_UTF16_BE, "UTF-16-BE"))
_OTHER_FILE_TYPES = {
    b"PK\x03\x04": ProblemReason.WORKBOOK,
    b"\xd0\xcf\x11\xe0": ProblemReason.OLD_WORKBOOK,
    b"%PDF": ProblemReason.PDF,
}


class ImportRefused(ServiceError):
    """A file was refused and nothing imported; `problems` lists the reasons."""

    def __init__(self, problems: Iterable[Problem], remarks: Iterable[LineRemark] = ()) -> None:
        self.problems = tuple(problems)
        self.remarks = tuple(remarks)
        """Valid lines to check."""
        first = self.problems[0]
        self.first = f"line {first.line}, column {first.column}: {first.message}"
        count = len(self.problems)
        super().__init__(f"nothing imported: {count} problem(s); the first: {self.first}")


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file, and its encoding."""

    text: str
    encoding: str


def decode_file(data: bytes) -> Text:
    """Decode a file in UTF-8, UTF-16 or Windows-1252, Latin-1 included. Raises ImportRefused."""
    for signature, reason in _OTHER_FILE_TYPES.items():
        if data.startswith(signature):
            raise _unreadable_file(1, reason)
    signature, encoding = next((mark for mark in _MARKS if data.startswith(mark[0])), (b"", ""))
    plain = data.removeprefix(signature)
    if not encoding:
        encoding = _guess(plain)
    try:
        text = plain.decode(encoding)
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].decode(encoding, "replace").count("\n") + 1
        hex_bytes = problem.object[problem.start : problem.end].hex(" ")
        raise _unreadable_file(
            line, ProblemReason.ENCODING, bytes=hex_bytes, encoding=encoding
        ) from None
    if NUL in text:
        line = text[: text.index(NUL)].count("\n") + 1
        raise _unreadable_file(line, ProblemReason.NUL)
    return Text(text, encoding)


def _guess(data: bytes) -> str:
    """Guess the encoding of bytes without a byte-order mark."""
    start = data[:1000]
    for encoding, zeros in (("UTF-16-LE", start[1::2]), ("UTF-16-BE", start[0::2])):
        if len(start) > 1 and zeros.count(0) * 2 > len(zeros):
            return encoding
    try:
        data.decode("UTF-8")
    except UnicodeDecodeError:
        return "UTF-8" if NUL.encode() in data else "Windows-1252"
    return "UTF-8"


def _unreadable_file(line: int, reason: ProblemReason, **values: object) -> ImportRefused:
    return ImportRefused([Problem(line, REQUIRED[0], reason, values)])


def read_lines(
    text: str,
    place: PlaceData,
    progress: Callable[[int], None],
    headings: Mapping[str, str] = NO_HEADINGS,
) -> tuple[list[Line], list[Problem]]:
    """Read all lines after the header; return the valid ones, and the problems of the others.

    `headings`: other names of columns, in lower case. Raises ImportRefused only if the header is
    not valid.
    """
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, cells in _cells(StringIO(text, newline=""), headings):
        progress(number)
        line_or_problems = (
            [cells] if isinstance(cells, Problem) else read_line(number, cells, place)
        )
        if isinstance(line_or_problems, Line):
            lines.append(line_or_problems)
        else:
            problems += line_or_problems
        if len(problems) >= MAX_PROBLEMS:
            break
    return lines, [*problems, *_repeated_badges(lines)]


def _cells(
    file: TextIO, headings: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str] | Problem]]:
    """Yield line numbers with cells by column; stops at broken quotes, which make the rest
    unreadable."""
    header = file.readline()
    delimiter = max(SEPARATORS, key=header.count)
    names = [headings.get(name.casefold(), name) for name in _header(header, delimiter)]
    _check_header(names)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            line_number = reader.line_num + 1
            yield (
                line_number,
                Problem(line_number, names[0], ProblemReason.QUOTES, {"problem": str(problem)}),
            )
            return
        if cells is None:
            return
        number = reader.line_num + 1
        if number > MAX_LINES:
            yield number, Problem(number, names[0], ProblemReason.ROWS, {"most": MAX_LINES})
            return
        if not any(cells):
            continue
        if len(cells) != len(names):
            counts = {"cells": len(cells), "names": len(names)}
            yield number, Problem(number, names[0], ProblemReason.CELLS, counts)
        else:
            yield number, dict(zip(names, map(plain_cell, cells), strict=True))


def _header(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as problem:
        raise _unreadable_file(1, ProblemReason.QUOTES, problem=problem) from problem


def _check_header(names: list[str]) -> None:
    allowed = {"allowed": ", ".join(COLUMNS)}
    for name in names:
        if name not in COLUMNS:
            raise ImportRefused([Problem(1, name or "?", ProblemReason.COLUMN_UNKNOWN, allowed)])
        if names.count(name) > 1:
            raise ImportRefused([Problem(1, name, ProblemReason.COLUMN_TWICE)])
    for name in REQUIRED:
        if name not in names:
            raise ImportRefused([Problem(1, name, ProblemReason.COLUMN_MISSING, allowed)])


def _repeated_badges(lines: list[Line]) -> Iterator[Problem]:
    line_of_badge: dict[str, int] = {}
    for line in lines:
        if line.badge is None:
            continue
        first = line_of_badge.setdefault(line.badge, line.number)
        if first != line.number:
            yield Problem(line.number, "badge", ProblemReason.BADGE_TWICE, {"first": first})
