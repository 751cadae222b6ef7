"""A spreadsheet as somebody else's program wrote it: CSV of any kind, or XLSX."""

import csv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO

from controller.capabilities.member_files.problems import Problem, Why
from controller.capabilities.member_files.reading import SEPARATORS, ImportRefused, text_of

WIDEST = 200
LARGEST = 60_000_000
"""Bytes of a workbook once it is unpacked; more is no list of people."""
_WORKBOOK = b"PK\x03\x04"
_NAMES = {",": "«\u202f,\u202f»", ";": "«\u202f;\u202f»", "\t": "TAB"}
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Headings, and the rows below them by the number that the spreadsheet shows."""

    headings: Cells
    rows: tuple[tuple[int, Cells], ...]
    written: str
    """What the file was taken for, to be said back: `UTF-8 «;»`, `XLSX Feuil1`."""

    def distinct(self, heading: str, most: int) -> list[str]:
        """The first different cells of a column, in their order."""
        at = self.headings.index(heading)
        seen = dict.fromkeys(cells[at] for _, cells in self.rows if cells[at])
        return list(seen)[:most]


def read_table(data: bytes) -> Table:
    """Its first row with anything in it names the columns. Raises ImportRefused."""
    if data.startswith(_WORKBOOK):
        name, rows = _workbook(data)
        return _table(rows, f"XLSX {name}")
    found = text_of(data)
    first = next((line for line in found.text.splitlines() if line.strip()), "")
    delimiter = max(SEPARATORS, key=first.count)
    return _table(_lines(found.text, delimiter), f"{found.encoding} {_NAMES[delimiter]}")


def as_csv(table: Table) -> bytes:
    """As a file that `read_table` reads, each row at its number."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.headings)
    line = 1
    for number, cells in table.rows:
        text.write("\n" * (number - line - 1))
        writer.writerow(cells)
        line = number
    return text.getvalue().encode()


def _table(rows: Iterable[tuple[int, Cells]], written: str) -> Table:
    filled = ((number, cells) for number, cells in rows if any(cells))
    line, headings = next(filled, (1, ()))
    names = _headings(line, headings)
    width = len(names)
    body = ((number, (*cells, *("",) * width)[:width]) for number, cells in filled)
    return Table(headings=names, rows=tuple(body), written=written)


def _headings(line: int, cells: Cells) -> Cells:
    """Without empty ones at the end; what has no name is named after its place."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    if not cells or len(cells) > WIDEST:
        raise ImportRefused([Problem(line, "?", Why.COLUMN_MISSING, {"allowed": "…"})])
    names = [cell or f"({place})" for place, cell in enumerate(cells, 1)]
    for name in names:
        if names.count(name) > 1:
            raise ImportRefused([Problem(line, name, Why.COLUMN_TWICE)])
    return tuple(names)


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, Cells]]:
    """By the line where each begins: a cell may go over several."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            told = {"problem": str(problem)}
            raise ImportRefused([Problem(number, "?", Why.QUOTES, told)]) from problem
        if cells is None:
            return
        yield number, tuple(" ".join(cell.split()) for cell in cells)


def _workbook(data: bytes) -> tuple[str, list[tuple[int, Cells]]]:
    """The sheet that was open when it was saved."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    refused = ImportRefused([Problem(1, "?", Why.WORKBOOK)])
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > LARGEST:
                raise refused
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.active
        if sheet is None:
            raise refused
        rows = enumerate(sheet.iter_rows(values_only=True, max_col=WIDEST), 1)
        found = [(number, _texts(cells)) for number, cells in rows]
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as problem:
        raise refused from problem
    return str(sheet.title), found


def _texts(cells: Sequence[object]) -> Cells:
    return tuple(map(_text, cells))


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "oui" if cell else "non"
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return " ".join(str(cell).split())
