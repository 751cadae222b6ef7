"""Reads a site's published datasets and their rows."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.opendata import publication
from controller.capabilities.opendata.datasets import DATASETS
from controller.capabilities.opendata.models import OpenDataRow, PublishedTable
from controller.capabilities.opendata.tables import Dataset, Row, as_csv
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.errors import NotFound
from controller.kernel.translation import translator

_PLAIN_SPACES = str.maketrans("\u00a0\u202f", "  ")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A published dataset without its rows."""

    dataset: Dataset
    months: tuple[str, ...]
    withheld: int
    digest: str
    updated_at: Utc
    first_at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file for download; its digest depends only on its text."""

    text: str
    digest: str
    updated_at: Utc

    @classmethod
    def of(cls, text: str, updated_at: Utc) -> "File":
        digest = hashlib.sha256(text.encode()).hexdigest()
        return cls(text=text, digest=digest, updated_at=updated_at)


def in_french(db: Session, text: str) -> str:
    """Return the French translation with ordinary spaces, for schemas and catalogues."""
    return translator(db, Language.FR).say(text).translate(_PLAIN_SPACES)


def published_datasets(db: Session, site_id: str, now: Utc) -> list[DatasetSummary]:
    """Return the datasets of a site in the order of the page; empty before the site publishes."""
    publication_row = db.get(OpenDataRow, site_id)
    if publication_row is None or publication_row.published_at is None:
        return []
    return list(_summaries(db, publication_row, now))


def published_dataset(db: Session, site_id: str, dataset: str, now: Utc) -> DatasetSummary:
    """Return a published dataset. Raises NotFound."""
    for entry in published_datasets(db, site_id, now):
        if entry.dataset.id == dataset:
            return entry
    raise NotFound("dataset", dataset)


def rows(
    db: Session, site_id: str, dataset: DatasetSummary, now: Utc, month: str | None = None
) -> list[Row]:
    """Return the rows of one month, or of all published months, oldest first. Raises NotFound."""
    if not dataset.dataset.monthly:
        return publication.live_table(db, dataset.dataset, site_id, now).rows
    if month is not None and month not in dataset.months:
        raise NotFound("month", month)
    published = select(PublishedTable.rows).where(
        PublishedTable.site_id == site_id, PublishedTable.dataset == dataset.dataset.id
    )
    if month is not None:
        published = published.where(PublishedTable.month == month)
    return [row for table in db.scalars(published.order_by(PublishedTable.month)) for row in table]


def file(db: Session, site_id: str, dataset: str, now: Utc, month: str | None = None) -> File:
    """Return a dataset's CSV file. Raises NotFound."""
    summary = published_dataset(db, site_id, dataset, now)
    text = as_csv(summary.dataset.header, rows(db, site_id, summary, now, month))
    return File.of(text, summary.updated_at)


def _summaries(db: Session, publication_row: OpenDataRow, now: Utc) -> Iterator[DatasetSummary]:
    tables = defaultdict(list)
    published_rows = select(
        PublishedTable.dataset,
        PublishedTable.month,
        PublishedTable.withheld,
        PublishedTable.digest,
        PublishedTable.updated_at,
    ).where(PublishedTable.site_id == publication_row.site_id)
    for row in db.execute(published_rows.order_by(PublishedTable.month)):
        tables[row.dataset].append(row)
    about = publication.about_of(db, publication_row.site_id)
    first_at = publication_row.first_at or now
    for dataset in DATASETS.values():
        published = tables[dataset.id]
        if not dataset.ready(about):
            continue
        if dataset.monthly:
            digests = "".join(row.digest for row in published)
            yield DatasetSummary(
                dataset=dataset,
                months=tuple(row.month for row in published),
                withheld=sum(row.withheld for row in published),
                digest=hashlib.sha256(digests.encode()).hexdigest(),
                updated_at=max((row.updated_at for row in published), default=first_at),
                first_at=first_at,
            )
            continue
        table = publication.live_table(db, dataset, publication_row.site_id, now)
        # A table that has not changed since it was last stored keeps the time of that day.
        unchanged_since = [row.updated_at for row in published if row.digest == table.digest()]
        yield DatasetSummary(
            dataset=dataset,
            months=(),
            withheld=table.withheld,
            digest=table.digest(),
            updated_at=max(unchanged_since, default=now),
            first_at=first_at,
        )
