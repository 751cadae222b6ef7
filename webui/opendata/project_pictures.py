"""The chart of a project's own dataset, drawn from its file, or a sample of its rows."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from itertools import islice
from urllib.parse import urlsplit

from controller.capabilities.opendata.models import ProjectDataset
from webui.i18n import _
from webui.i18n.dates import short_month
from webui.opendata.charts import MAX_ROWS, Chart, Point, ordered_bar_chart

MAX_LINES = 60
"""How many rows a file may have to be drawn; of a longer one the first rows are shown."""
SAMPLE = 3
"""How many rows and columns a sample shows."""
_NUMBER = re.compile(r"\d{1,12}(?:[.,]\d{1,6})?")
_MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])")
_TIME = re.compile(r"2\d{3}(-(0[1-9]|1[0-2])(-\d\d)?)?")
Table = Sequence[Sequence[str]]
Sample = tuple[tuple[str, str], ...]
"""Pairs of a row's first cell, and its next ones."""


def chart_or_sample(key: str, row: ProjectDataset) -> tuple[Chart | None, Sample]:
    """Return a project dataset's chart, or a sample if it can't be drawn."""
    if row.file is None:
        host = urlsplit(row.link or "").hostname or ""
        return None, ((host, _("the file is hosted by the project")),)
    header, *rows = _table(row.file)
    chart = _chart(key, header, rows) if len(rows) <= MAX_LINES else None
    return chart, () if chart else tuple(_line(header, cells) for cells in rows[:SAMPLE])


def _table(file: str) -> Table:
    header, _newline, _rest = file.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(StringIO(file), delimiter=delimiter)
    return [row for row in islice(reader, MAX_LINES + 2) if row]


def _chart(key: str, header: Sequence[str], rows: Table) -> Chart | None:
    """Return bars of the first column of numbers by the first column of times.

    None if there is no such pair, or if a time occurs twice.
    """
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    times = _first_match(columns, _TIME)
    numbers = _first_match([column for column in columns if column is not times], _NUMBER)
    if times is None or numbers is None or len(set(times)) < len(times):
        return None
    points = [
        Point(label=_label(time), value=float(cell.replace(",", ".")), value_text=cell)
        for time, cell in sorted(zip(times, numbers, strict=True))
    ]
    names = header[columns.index(times)].strip(), header[columns.index(numbers)].strip()
    caption = _("%(what)s by %(by)s", what=names[1], by=names[0])
    return ordered_bar_chart(key, caption, names, points, last=MAX_ROWS)


def _first_match(columns: Sequence[list[str]], shape: re.Pattern[str]) -> list[str] | None:
    return next((column for column in columns if all(map(shape.fullmatch, column))), None)


def _label(time: str) -> str:
    return f"{short_month(time)} {time[:4]}" if _MONTH.fullmatch(time) else time


def _line(header: Sequence[str], row: Sequence[str]) -> tuple[str, str]:
    """Return the first cell, and the next ones with their headers."""
    others = [f"{name} {cell}" for name, cell in zip(header[1:SAMPLE], row[1:SAMPLE], strict=False)]
    return row[0], ", ".join(others)
