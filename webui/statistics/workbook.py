"""Figures as CSV and XLSX files: numbers as numbers, texts never as formulas or links."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from flask import Response

from controller.domain.facts import Language
from controller.kernel.csv_cells import defuse
from webui.i18n import current
from webui.statistics.formatting import HOUR_MS

# CSV that a spreadsheet reads without executing anything in it.

Cell = str | int | Decimal | None
"""A cell; decimals are hours or euros."""


def hours_cell(milliseconds: float) -> Decimal:
    """Return hours with two decimals."""
    return (Decimal(round(milliseconds)) / HOUR_MS).quantize(Decimal("0.01"))


def euros_cell(cents: int) -> Decimal:
    """Return euros with two decimals."""
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))


def as_csv(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a CSV file to save, with a byte order mark by which spreadsheets recognise UTF-8."""
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([_text(cell) for cell in row] for row in rows)
    return attachment("\ufeff" + text.getvalue(), "text/csv", f"{name}.csv")


def attachment(body: str | bytes, kind: str, name: str) -> Response:
    """Return a response that is saved as a file of that name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=headers)


def _text(cell: Cell) -> str:
    """Return the cell's text; only texts are made safe, and decimals follow the language."""
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",") if current() is Language.FR else str(cell)
    return defuse(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


_MAX_COLUMN_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with the titles of its columns."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def workbook(title: str, author: str, sheets: Sequence[Sheet]) -> bytes:
    """Return the tables as an XLSX file (ECMA-376)."""
    from xlsxwriter import Workbook  # imported only when a file is made, as it costs memory

    body = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(body, options)
    book.set_properties({"title": title, "author": author})
    strong = book.add_format({"bold": True, "bottom": 1})
    number = book.add_format({"num_format": "#,##0.00"})
    for sheet in sheets:
        _fill(book.add_worksheet(sheet.title[:31]), sheet, strong, number)
    book.close()
    return body.getvalue()


def _fill(page: Any, sheet: Sheet, strong: Any, number: Any) -> None:
    page.write_row(0, 0, sheet.header, strong)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    for at, row in enumerate(sheet.rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal):
                page.write_number(at, column, float(cell), number)
            elif isinstance(cell, int):
                page.write_number(at, column, cell)
            elif cell:
                page.write_string(at, column, cell)
    for column, title in enumerate(sheet.header):
        texts = [title, *(str(row[column] or "") for row in sheet.rows)]
        page.set_column(column, column, min(_MAX_COLUMN_WIDTH, max(map(len, texts)) + 2))
