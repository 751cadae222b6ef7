"""Tables of open data: whether a site publishes, its published tables, and projects' datasets."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy import Text as LongText
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import FreeText, Permanent, PlaceText, Plain
from controller.store.types import Hash, Json, Slug, Text, Uuid, Word


class OpenDataRow(Versioned, Base):
    """Whether a site publishes, and its description for catalogues."""

    __tablename__ = "open_data"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    published_at: Plain[Utc | None]
    """Since when the site publishes; null: it does not."""
    first_at: Plain[Utc | None]
    """When the site first published."""
    about: PlaceText[Json]
    """A `shapes.About`."""


class PublishedTable(Base):
    """The rows of a dataset for a month as published; never changed afterwards."""

    __tablename__ = "published_table"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    dataset: Plain[Word] = mapped_column(primary_key=True)
    month: Plain[str] = mapped_column(primary_key=True)
    """Such as `2026-10`; empty for datasets that are not monthly."""
    rows: Permanent[list[Any]] = mapped_column(JSON)
    withheld: Plain[int]
    """Number of withheld cells."""
    digest: Plain[Hash]
    updated_at: Plain[Utc]


class DataLicence(StrEnum):
    """Licences that a project can choose for its data."""

    ETALAB = "etalab-2.0"
    ODBL = "ODbL-1.0"
    CC_BY = "CC-BY-4.0"
    CC0 = "CC0-1.0"


class ProjectDataset(Versioned, Base):
    """A dataset that a project publishes, with its own licence and contact."""

    __tablename__ = "project_dataset"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    project_id: Plain[Uuid] = mapped_column(ForeignKey("project.id"))
    name: PlaceText[Json]
    description: FreeText[Text]
    licence: Plain[DataLicence]
    contact: FreeText[Text]
    """Public contact of the project."""
    link: FreeText[Text | None]
    file: FreeText[str | None] = mapped_column(LongText)
    """The CSV file as text; null if there is a link."""
    since: Plain[date]
    updated_at: Plain[Utc]
    withdrawn_at: Plain[Utc | None]

    __table_args__ = (Index("ix_project_dataset_site_id", "site_id"),)
