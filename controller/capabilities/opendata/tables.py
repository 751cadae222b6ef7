"""The parts of an open dataset: texts, columns (Table Schema), and a function for its rows."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.capabilities.billing import months
from controller.capabilities.opendata.shapes import About
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.csv_cells import defuse
from controller.policy.reading import from_json

Cell = str | int | float | bool | None
Row = list[Cell]
SPEC = "https://specs.frictionlessdata.io/schemas/table-schema.json"
SCHEMAS = Path(__file__).with_name("schemas")
"""Folder of the national schemas."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a Table Schema."""

    name: str
    title: str
    type: Literal["string", "integer", "number", "date", "datetime", "time", "yearmonth"] = "string"
    constraints: dict[str, Any] = field(default_factory=dict)

    def field(self) -> dict[str, Any]:
        """Return the column as a field of a Table Schema."""
        field_schema: dict[str, Any] = {"name": self.name, "title": self.title, "type": self.type}
        if self.type == "datetime":
            field_schema["format"] = "any"
        if self.type == "time":
            field_schema["format"] = "%H:%M"
        return field_schema | ({"constraints": self.constraints} if self.constraints else {})


REQUIRED: dict[str, Any] = {"required": True}
"""Constraint of a column without empty cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a dataset, and the number of withheld cells."""

    rows: list[Row]
    withheld: int = 0

    def digest(self) -> str:
        """Return a digest of the rows."""
        return hashlib.sha256(json.dumps([self.rows, self.withheld]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TableScope:
    """The site and the month for which a dataset is collected."""

    db: Session
    site: SiteRow
    about: About
    now: Utc
    month: str = ""
    """Such as `2026-10`; empty for datasets that are not monthly."""
    access_days: int = 90
    """For how many days personal access data is stored."""

    @property
    def zone(self) -> ZoneInfo:
        """Return the site's time zone."""
        return ZoneInfo(self.site.time_zone)

    @property
    def span(self) -> tuple[Utc, Utc]:
        """Return the month's start and end."""
        return months.bounds(self.month, self.zone)

    @property
    def first(self) -> date:
        """The month's first day."""
        return date.fromisoformat(f"{self.month}-01")

    @property
    def last(self) -> date:
        """The month's last day."""
        return date.fromisoformat(f"{months.month_after(self.month)}-01") - timedelta(days=1)

    @property
    def today(self) -> date:
        """Return the current date at the site."""
        return months.day_of(self.now, self.zone)

    def read(self, name: object) -> str:
        """Return a stored name in the site's language."""
        return from_json(name, Name).read(self.site.language)

    @property
    def site_name(self) -> str:
        return self.read(self.site.name) or self.site.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The definition of an open dataset, with the function that collects its rows."""

    id: str
    name: str
    """The id of a catalogue message, like the other texts here."""
    description: str
    withheld_reasons: tuple[tuple[str, str], ...] = ()
    """What is not published, and why; the withheld cells are counted at the last one."""
    collect: Callable[[TableScope], Table]
    """Collects the rows for a site and month."""
    columns: tuple[Column, ...] = ()
    national: str = ""
    """Name of the national schema that it follows, if any; it then has no `columns`."""
    monthly: bool = True
    """Whether it has a table for each month; otherwise its rows are current ones."""
    ready: Callable[[About], bool] = lambda _about: True
    """Whether the site has described what the schema requires."""

    @property
    def header(self) -> list[str]:
        """Return the names of the columns."""
        if self.national:
            return [field["name"] for field in national(self.national)["fields"]]
        return [column.name for column in self.columns]

    def schema(self, say: Callable[[str], str]) -> dict[str, Any]:
        """Return the Table Schema; `say` translates a text into the language of the schema."""
        if self.national:
            return national(self.national)
        return {
            "$schema": SPEC,
            "name": self.id,
            "title": say(self.name),
            "description": say(self.description),
            "version": "1.0.0",
            "countryCode": "FR",
            "licenses": [{"name": "etalab-2.0", "title": "Licence Ouverte 2.0"}],
            "missingValues": [""],
            "fields": [column.field() for column in self.columns],
        }

    def row(self, **cells: Cell) -> Row:
        """Return a row with these cells. Raises KeyError for an unknown column."""
        header = self.header
        row = dict.fromkeys(header) | cells
        if len(row) > len(header):
            raise KeyError(*row)
        return [*row.values()]


@cache
def national(file: str) -> dict[str, Any]:
    """Return a national schema as published."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{file}.json").read_text(encoding="utf-8"))
    return schema


def as_csv(header: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a CSV with commas and CRLF (RFC 4180) in which no cell is a formula."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([cell_text(cell) for cell in row] for row in rows)
    return text.getvalue()


def cell_text(cell: Cell) -> str:
    """Return the cell as written in the file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return defuse(cell) if isinstance(cell, str) else "" if cell is None else f"{cell}"
