"""Reads the active sheet of an XLSX workbook as text; runs in the sandbox process."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from io import BytesIO

from openpyxl import load_workbook

from controller.capabilities.imports.sheet import Sheet
from controller.kernel.sandbox.limits import (
    MAX_BYTES,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    MIB,
)
from controller.kernel.sandbox.problems import NotReadable, ReadProblem


def read(data: bytes) -> Sheet:
    """Return the sheet that was active when the file was saved, with every cell as text.

    Raises NotReadable beyond the limits, and any exception of openpyxl for a damaged file.
    """
    with zipfile.ZipFile(BytesIO(data)) as packed:
        if sum(member.file_size for member in packed.infolist()) > MAX_BYTES:
            raise NotReadable(ReadProblem.SIZE, most=MAX_BYTES // MIB)
    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheet = book.active
    if sheet is None:
        raise NotReadable(ReadProblem.DAMAGED)
    sheet.reset_dimensions()  # the stated size may be wrong, and openpyxl pads rows to it
    rows = tuple(_rows(sheet.iter_rows(values_only=True)))
    return Sheet(title=str(sheet.title)[:200], rows=rows)


def _rows(rows: Iterator[Sequence[object]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield number and cells of each row that contains text. Raises NotReadable beyond the
    limits."""
    count = length = 0
    for number, row in enumerate(rows, 1):
        if number > MAX_ROWS:
            raise NotReadable(ReadProblem.ROWS, most=MAX_ROWS)
        width = max((place for place, cell in enumerate(row, 1) if cell is not None), default=0)
        if width > MAX_COLUMNS:
            raise NotReadable(ReadProblem.COLUMNS, most=MAX_COLUMNS)
        cells = tuple(map(_text, row[:width]))
        count += len(cells) - cells.count("")
        if count > MAX_CELLS:
            raise NotReadable(ReadProblem.CELLS, most=MAX_CELLS)
        length += sum(map(len, cells))
        if length > MAX_CHARACTERS:
            raise NotReadable(ReadProblem.SIZE, most=MAX_CHARACTERS // MIB)
        if any(cells):
            yield number, cells


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
