"""What a dataset is: its words, its columns as a Table Schema, and rows with what is withheld."""

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


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a Table Schema."""

    name: str
    title: str
    type: Literal["string", "integer", "number", "date", "datetime", "time", "yearmonth"] = "string"
    constraints: dict[str, Any] = field(default_factory=dict)

    def field(self) -> dict[str, Any]:
        """As the schema writes it."""
        said: dict[str, Any] = {"name": self.name, "title": self.title, "type": self.type}
        if self.type == "datetime":
            said["format"] = "any"
        if self.type == "time":
            said["format"] = "%H:%M"
        return said | ({"constraints": self.constraints} if self.constraints else {})


REQUIRED: dict[str, Any] = {"required": True}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a dataset, and how many cells are withheld from them."""

    rows: list[Row]
    withheld: int = 0

    def digest(self) -> str:
        """A digest of the rows."""
        return hashlib.sha256(json.dumps([self.rows, self.withheld]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TableScope:
    """The site and period of a table."""

    db: Session
    site: SiteRow
    about: About
    now: Utc
    month: str = ""
    access_days: int = 90
    """Days for which personal access data is kept."""

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.time_zone)

    @property
    def span(self) -> tuple[Utc, Utc]:
        """The month's start and end."""
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
        """The day, there."""
        return months.day_of(self.now, self.zone)

    def read(self, name: object) -> str:
        """A name that people gave, in the site's language."""
        return from_json(name, Name).read(self.site.language)

    @property
    def site_name(self) -> str:
        return self.read(self.site.name) or self.site.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One dataset: what is in it, and how its rows are made."""

    id: str
    name: str
    """In French, as all texts here; the catalogues have them in other languages."""
    description: str
    kept_back: tuple[tuple[str, str], ...] = ()
    """What is never in it, and why."""
    collect: Callable[[TableScope], Table]
    columns: tuple[Column, ...] = ()
    national: str = ""
    """The file of the national schema that it follows, instead of columns."""
    monthly: bool = True
    """Whether it has a table a month; else it says what is so now."""
    ready: Callable[[About], bool] = lambda _about: True
    """Whether the site has said what its schema requires."""

    @property
    def header(self) -> list[str]:
        """The names of its columns."""
        if self.national:
            return [field["name"] for field in national(self.national)["fields"]]
        return [column.name for column in self.columns]

    def schema(self, say: Callable[[str], str]) -> dict[str, Any]:
        """Its Table Schema; `say` gives a text in the language of the schema."""
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
        """A row of these cells; a name that is no column's raises KeyError."""
        row: Row = [None] * len(self.header)
        places = {name: at for at, name in enumerate(self.header)}
        for name, cell in cells.items():
            row[places[name]] = cell
        return row


@cache
def national(file: str) -> dict[str, Any]:
    """A national schema as it was published."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{file}.json").read_text(encoding="utf-8"))
    return found


def as_csv(header: Sequence[str], rows: Iterable[Row]) -> str:
    """Commas, UTF-8, CRLF (RFC 4180); no cell is a formula."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([cell_text(cell) for cell in row] for row in rows)
    return text.getvalue()


def cell_text(cell: Cell) -> str:
    """As it stands in the file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return defuse(cell) if isinstance(cell, str) else "" if cell is None else f"{cell}"
