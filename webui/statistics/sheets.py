"""Figures as files: CSV that a spreadsheet reads as it is, and never runs."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO

from flask import Response

from controller.domain.facts import Language
from controller.kernel.csv_cells import defuse
from webui.i18n import current
from webui.statistics.words_of import HOUR_MS

Cell = str | int | Decimal | None
"""Decimals are hours or euros."""


def hours_cell(milliseconds: float) -> Decimal:
    """Hours, with two decimals."""
    return (Decimal(round(milliseconds)) / HOUR_MS).quantize(Decimal("0.01"))


def euros_cell(cents: int) -> Decimal:
    """Euros, with two decimals."""
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))


def as_csv(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    """To be saved; with the mark by which spreadsheets know UTF-8."""
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([_text(cell) for cell in row] for row in rows)
    return attachment("\ufeff" + text.getvalue(), "text/csv", f"{name}.csv")


def attachment(body: str | bytes, kind: str, name: str) -> Response:
    """A file, to be saved under that name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=headers)


def _text(cell: Cell) -> str:
    """A number is never text that has to be made harmless; decimals as the language writes them."""
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",") if current() is Language.FR else str(cell)
    return defuse(cell) if isinstance(cell, str) else "" if cell is None else str(cell)
