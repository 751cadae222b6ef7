"""Reads spreadsheets of other programs: CSV of any kind, or XLSX."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from controller.capabilities.imports.sheet import Sheet
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.capabilities.member_files.reading import SEPARATORS, ImportRefused, decode_file
from controller.kernel.csv_cells import defuse, plain_cell
from controller.kernel.sandbox import sandbox
from controller.kernel.sandbox.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from controller.kernel.sandbox.problems import NotReadable
from controller.kernel.sandbox.problems import ReadProblem as Unreadable

_WORKBOOK = b"PK\x03\x04"
_NAMES = {",": "«\u202f,\u202f»", ";": "«\u202f;\u202f»", "\t": "TAB"}
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The headings of a spreadsheet, and the rows below them with their numbers."""

    headings: Cells
    rows: tuple[tuple[int, Cells], ...]
    source_format: str
    """The detected format, for display: `UTF-8 «;»`, `XLSX Feuil1`."""

    def distinct(self, heading: str, most: int) -> list[str]:
        """Return the first `most` distinct values of a column, in order."""
        at = self.headings.index(heading)
        distinct_values = dict.fromkeys(cells[at] for _, cells in self.rows if cells[at])
        return list(distinct_values)[:most]


def read_table(data: bytes) -> Table:
    """Read a spreadsheet; its first non-empty row contains the headings.

    Raises ImportRefused, NotReadable.
    """
    if data.startswith(_WORKBOOK):
        sheet = _workbook(data)
        return _table(sheet.rows, f"XLSX {sheet.title}")
    text = decode_file(data)
    first = next((line for line in text.text.splitlines() if line.strip()), "")
    delimiter = max(SEPARATORS, key=first.count)
    return _table(
        _check_limits(_lines(text.text, delimiter)), f"{text.encoding} {_NAMES[delimiter]}"
    )


def as_csv(table: Table) -> bytes:
    """Write a table as CSV for `read_table`, with each row at its line number."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(defuse, table.headings))
    line = 1
    for number, cells in table.rows:
        text.write("\n" * (number - line - 1))
        writer.writerow(map(defuse, cells))
        line = number
    return text.getvalue().encode()


def _table(rows: Iterable[tuple[int, Cells]], file_format: str) -> Table:
    filled = ((number, cells) for number, cells in rows if any(cells))
    line, headings = next(filled, (1, ()))
    names = _headings(line, headings)
    width = len(names)
    body = ((number, (*cells, *("",) * width)[:width]) for number, cells in filled)
    return Table(headings=names, rows=tuple(body), source_format=file_format)


def _headings(line: int, cells: Cells) -> Cells:
    """Return the headings without empty ones at the end; other empty ones become their position."""
    cells = cells[: max((place for place, cell in enumerate(cells, 1) if cell), default=0)]
    if len(cells) > MAX_COLUMNS:
        raise NotReadable(Unreadable.COLUMNS, most=MAX_COLUMNS)
    if not cells:
        raise ImportRefused([Problem(line, "?", ProblemReason.COLUMN_MISSING, {"allowed": "…"})])
    names = [cell or f"({place})" for place, cell in enumerate(cells, 1)]
    for name in names:
        if names.count(name) > 1:
            raise ImportRefused([Problem(line, name, ProblemReason.COLUMN_TWICE)])
    return tuple(names)


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, Cells]]:
    """Yield the rows with their first line's number, since a cell may have several lines."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            details = {"problem": str(problem)}
            raise ImportRefused([Problem(number, "?", ProblemReason.QUOTES, details)]) from problem
        if cells is None:
            return
        yield number, tuple(plain_cell(" ".join(cell.split())) for cell in cells)


def _check_limits(rows: Iterable[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    """Yield the same rows. Raises NotReadable beyond the limits."""
    count = 0
    for number, cells in rows:
        if number > MAX_ROWS:
            raise NotReadable(Unreadable.ROWS, most=MAX_ROWS)
        count += len(cells) - cells.count("")
        if count > MAX_CELLS:
            raise NotReadable(Unreadable.CELLS, most=MAX_CELLS)
        yield number, cells


def _workbook(data: bytes) -> Sheet:
    """Return the sheet that was open when the workbook was saved.

    Raises ImportRefused, NotReadable.
    """
    try:
        return sandbox.read("controller.capabilities.imports.workbook:read", data, Sheet)
    except NotReadable as problem:
        if problem.why is not Unreadable.DAMAGED:
            raise
        raise ImportRefused([Problem(1, "?", ProblemReason.WORKBOOK)]) from problem
