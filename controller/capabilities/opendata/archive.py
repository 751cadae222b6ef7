"""Packs a year of a site's open data into a ZIP file; equal data give equal bytes."""

import json
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy.orm import Session

from controller.capabilities.opendata import catalogue, public_datasets
from controller.capabilities.opendata.catalogue import LICENCE, Addresses
from controller.capabilities.opendata.public_datasets import DatasetSummary, in_french
from controller.capabilities.opendata.shapes import Published
from controller.capabilities.opendata.tables import as_csv
from controller.domain.time import Utc
from controller.kernel.errors import NotFound

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The time stamp of every file, so that equal contents give equal archives."""
_READABLE = 0o644 << 16
"""The mode rw-r--r--, as a ZIP file stores it."""


def years(db: Session, site_id: str, now: Utc) -> list[str]:
    """Return the years that have published months, newest first."""
    months = {
        month
        for dataset in public_datasets.published_datasets(db, site_id, now)
        for month in dataset.months
    }
    return sorted({month[:4] for month in months}, reverse=True)


def year_archive(db: Session, site_id: str, year: str, at: Addresses, now: Utc) -> bytes:
    """Return the ZIP file: for each dataset a CSV file and its schema, and LISEZMOI.txt.

    The CSV file contains the year's months, or the current rows if the dataset is not monthly.
    Raises NotFound.
    """
    if year not in years(db, site_id, now):
        raise NotFound("year", year)
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, text in sorted(_files(db, site_id, year, at, now)):
            info = ZipInfo(name, _FIXED_TIME)
            info.compress_type, info.external_attr = ZIP_DEFLATED, _READABLE
            archive.writestr(info, text.encode())
    return out.getvalue()


def _files(
    db: Session, site_id: str, year: str, at: Addresses, now: Utc
) -> Iterator[tuple[str, str]]:
    for dataset in public_datasets.published_datasets(db, site_id, now):
        name = dataset.dataset.id
        yield f"{name}.csv", _csv(db, site_id, dataset, year, now)
        schema = dataset.dataset.schema(partial(in_french, db))
        yield f"{name}.schema.json", json.dumps(schema, ensure_ascii=False, indent=2)
    full_catalogue = catalogue.read_catalogue(db, site_id, at, now)
    yield (
        "LISEZMOI.txt",
        "\n\n".join(
            (f"{full_catalogue.publisher}, {LICENCE}", *map(_readme_section, full_catalogue.items))
        ),
    )


def _csv(db: Session, site_id: str, dataset: DatasetSummary, year: str, now: Utc) -> str:
    rows = public_datasets.rows(db, site_id, dataset, now)
    if dataset.dataset.monthly and dataset.months:
        months = [month for month in dataset.months if month.startswith(year)]
        rows = [
            row
            for month in months
            for row in public_datasets.rows(db, site_id, dataset, now, month)
        ]
    return as_csv(dataset.dataset.header, rows)


def _readme_section(dataset: Published) -> str:
    lines = [f"{dataset.id} : {dataset.name.fr} ({dataset.licence})", dataset.description.fr]
    lines += [
        f"Pas publié : {withheld_part.what.fr}. {withheld_part.why.fr}"
        for withheld_part in dataset.withheld
    ]
    return "\n".join(lines)
