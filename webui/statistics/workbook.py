"""Sheets of figures as an XLSX file: numbers as numbers, words never as formulas or links."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from webui.statistics.sheets import Cell

_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, with its columns' titles."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def workbook(title: str, author: str, sheets: Sequence[Sheet]) -> bytes:
    """The file (ECMA-376)."""
    from xlsxwriter import Workbook  # only who asks for a file pays for it

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
        page.set_column(column, column, min(_WIDEST, max(map(len, texts)) + 2))
