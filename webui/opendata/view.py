"""The public page of open data, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from controller.capabilities.members.shapes import Category
from controller.capabilities.opendata import (
    archive,
    catalogue,
    equipment,
    indicators,
    project_datasets,
    public_datasets,
)
from controller.capabilities.opendata.catalogue import LICENCE, Addresses
from controller.capabilities.opendata.datasets import CATALOGUE
from controller.capabilities.opendata.models import ProjectDataset
from controller.capabilities.opendata.project_datasets import PREFIX
from controller.capabilities.opendata.public_datasets import DatasetSummary
from controller.capabilities.opendata.shapes import Published
from controller.capabilities.user_reports import needs
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.i18n import _, current, plural
from webui.i18n.dates import day, month_name
from webui.naming import read_label, read_text
from webui.opendata.charts import Chart
from webui.opendata.pictures import Rows, chart_of
from webui.opendata.project_pictures import chart_or_sample
from webui.user_reports.need_view import NeedView, need_view

MAX_MONTHS_DRAWN = 12
"""Number of months drawn of *indicateurs*, which has one row a month per figure."""
SAMPLE = 3
"""How many rows a sample shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetView:
    """One dataset on the page."""

    id: str
    name: str
    description: str
    meta: str
    csv: str
    schema: str | None
    rows: str | None
    chart: Chart | None
    sample: tuple[tuple[str, str], ...]
    """Some of its rows, for a dataset that has no useful chart."""
    soon: str
    """Why there is nothing to show yet; empty: there is something."""
    by: str
    """The project that publishes it; empty: the site itself."""
    contact: str
    mail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage:
    """The page of a site, whether it publishes yet or not."""

    site: str
    query: str
    published: bool
    publisher: str
    contact: str
    licence: str
    last_month: str
    sets: tuple[SetView, ...]
    years: tuple[tuple[str, str], ...]
    publics: tuple[tuple[str, str], ...]
    """The number of people of each public, or that it is withheld; the last line is the total."""
    withheld: str
    needs: tuple[NeedView, ...]
    needs_csv: str
    needs_schema: str
    catalogue: str
    catalogue_csv: str


def data_page(db: Session, site_id: str, at: Addresses, now: Utc, query: str) -> DataPage:
    """Read the whole page. Raises NotFound if there is no such site."""
    site_catalogue = catalogue.read_catalogue(db, site_id, at, now)
    summaries = {
        summary.dataset.id: summary
        for summary in public_datasets.published_datasets(db, site_id, now)
    }
    last = max((month for summary in summaries.values() for month in summary.months), default="")
    equipment_names = equipment.translated_names(db, site_id, current())
    rows = {
        key: _rows(db, site_id, summary, now, last, equipment_names)
        for key, summary in summaries.items()
    }
    zone = ZoneInfo(site_catalogue.site.time_zone)
    items = [
        dataset for dataset in site_catalogue.items if dataset.id not in (CATALOGUE, "besoins")
    ]
    project_data = {
        PREFIX + project_dataset.id: project_dataset
        for project_dataset in project_datasets.of_site(db, site_id)
    }
    hidden = sum(summary.withheld for summary in summaries.values() if summary.dataset.monthly)
    return DataPage(
        site=read_label(site_catalogue.name) or site_id,
        query=query,
        published=bool(summaries),
        publisher=site_catalogue.publisher,
        contact=site_catalogue.contact,
        licence=LICENCE,
        last_month=month_name(last) if last else "",
        sets=tuple(
            _with_publisher(item, _dataset_view(item, None, rows, now, zone), project_data[item.id])
            if item.id in project_data
            else _dataset_view(item, summaries.get(item.id), rows, now, zone)
            for item in items
        ),
        years=tuple(
            (year, f"{at.base}/archive/{year}{at.query}")
            for year in archive.years(db, site_id, now)
        ),
        publics=_publics([row for row in rows.get("indicateurs", ()) if row["date"][:7] == last]),
        withheld=plural("%(n)s cell is withheld in all", "%(n)s cells are withheld in all", hidden),
        needs=tuple(map(need_view, needs.published_needs(db, site_id))),
        needs_csv=at.of("besoins", "csv"),
        needs_schema=at.of("besoins", "schema"),
        catalogue=f"{at.base}{at.query}{'&' if at.query else '?'}format=",
        catalogue_csv=next(
            (dataset.csv for dataset in site_catalogue.items if dataset.id == CATALOGUE), ""
        ),
    )


_NAME_COLUMNS = ("machine_nom", "espace_nom", "formation", "habilitations")
"""Columns with names of things; several names are separated by ` | `."""


def _rows(
    db: Session,
    site_id: str,
    summary: DatasetSummary,
    now: Utc,
    last: str,
    equipment_names: dict[str, str],
) -> Rows:
    """Return the rows of the last month; of *indicateurs*, those of a year."""
    header = summary.dataset.header
    if summary.dataset.id == "indicateurs":
        months: Sequence[str | None] = summary.months[-MAX_MONTHS_DRAWN:]
    else:
        months = [last] if last in summary.months else [] if summary.dataset.monthly else [None]
    rows = [
        dict(zip(header, row, strict=True))
        for month in months
        for row in public_datasets.rows(db, site_id, summary, now, month)
    ]
    for row in rows if equipment_names else ():
        for key in row.keys() & {*_NAME_COLUMNS}:
            names = str(row[key] or "").split(" | ")
            row[key] = " | ".join(equipment_names.get(name, name) for name in names)
    return rows


def _dataset_view(
    dataset: Published,
    summary: DatasetSummary | None,
    rows: dict[str, Rows],
    now: Utc,
    zone: ZoneInfo,
) -> SetView:
    dataset_rows = rows.get(dataset.id, ())
    return SetView(
        id=dataset.id,
        name=read_text(dataset.name),
        description=read_text(dataset.description),
        meta=_meta_text(dataset, summary, dataset_rows, now, zone),
        csv=dataset.csv,
        schema=dataset.schema,
        rows=dataset.rows,
        chart=chart_of(dataset.id, dataset_rows),
        sample=_sample(dataset_rows) if dataset.id == "equipements" else (),
        soon=_next_publication_text(summary, dataset_rows),
        by="",
        contact="",
        mail="",
    )


def _next_publication_text(summary: DatasetSummary | None, rows: Rows) -> str:
    if summary is None or rows:
        return ""
    if summary.dataset.monthly and not summary.months:
        return _("Its first month is published on the 10th of the next one.")
    return _("Nothing in the last published month.")


def _with_publisher(dataset: Published, view: SetView, row: ProjectDataset) -> SetView:
    """Add to a project's dataset who publishes it, how to reach them, and its chart."""
    contact = dataset.contact or ""
    mail = contact if "@" in contact else ""
    chart, sample = chart_or_sample(dataset.id, row)
    return replace(
        view, by=dataset.publisher, contact=contact, mail=mail, chart=chart, sample=sample
    )


def _meta_text(
    dataset: Published, summary: DatasetSummary | None, rows: Rows, now: Utc, zone: ZoneInfo
) -> str:
    parts = []
    if summary and dataset.months:
        parts.append(_("since %(month)s", month=month_name(dataset.months[0])))
    elif rows:
        parts.append(plural("%(n)s row", "%(n)s rows", len(rows)))
    if dataset.follows:
        parts.append(dataset.follows)
    if dataset.id.startswith(PREFIX):
        parts.append(dataset.licence)
    parts.append(_("as of %(day)s", day=day(dataset.updated_at, now, zone)))
    return ", ".join(parts)


def _sample(rows: Rows) -> tuple[tuple[str, str], ...]:
    return tuple(
        (row["machine_nom"], row["habilitations"].replace(" | ", ", ") or _("without condition"))
        for row in rows[:SAMPLE]
    )


def _publics(rows: Sequence[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return the number of people by public from the last month's file, or that it is withheld."""
    counts = {row["indicateur"]: row["valeur"] for row in rows}
    if indicators.USERS not in counts:
        return ()
    masked = _("withheld")
    lines = [
        (label, str(counts.get(f"{indicators.USERS} : {name}", masked)))
        for name, label in _public_words().items()
    ]
    if all(count == masked for _label, count in lines):  # one line for all of them
        lines = [(", ".join(label for label, _count in lines), masked)]
    return (*lines, (_("Together"), str(counts[indicators.USERS])))


def _public_words() -> dict[str, str]:
    """Return the label of each public, by its name in the file."""
    names = indicators.PUBLICS
    return {
        names[Category.INHABITANT]: _("Inhabitants"),
        names[Category.ASSOCIATION]: _("Associations"),
        names[Category.PUBLIC_SERVANT]: _("Public servants"),
        names[Category.ENTREPRENEUR]: _("Entrepreneurs"),
        names[Category.STUDENT]: _("Students"),
        names[Category.MINOR]: _("Minors"),
        names[Category.GUEST]: _("Guests"),
        indicators.SEVERAL: _("Several publics"),
        indicators.UNSAID: _("Public not given"),
    }
