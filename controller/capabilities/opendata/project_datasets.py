"""Datasets of projects beside the site's own, with their own licence and contact."""

import csv
from io import StringIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.opendata import publication
from controller.capabilities.opendata.models import ProjectDataset
from controller.capabilities.opendata.publication import OpenDataNews
from controller.capabilities.opendata.shapes import NewProjectDataset, ProjectData
from controller.capabilities.organisations.models import ProjectRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.jsontypes import to_json
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites
from controller.wire.ids import uuid7

PREFIX = "projet-"
"""Prefix of project datasets' ids in the catalogue."""
MAX_FILE_CHARACTERS = 500_000
"""Maximum number of characters of a file."""


def create(
    db: Session, site_id: str, new: NewProjectDataset, *, actor: Actor, now: Utc
) -> ProjectDataset:
    """Create a project's dataset, which is public while the site publishes. Raises Invalid,
    Forbidden."""
    actor.require(publication.WRITE, site_id)
    project = db.get(ProjectRow, new.project_id)
    if project is None or project.site_id != site_id:
        raise Invalid.of("project_id", "no project of this site")
    if new.file is not None:
        require_table(new.file)
    row = ProjectDataset(
        id=uuid7(),
        site_id=site_id,
        project_id=project.id,
        name=to_json(new.name),
        description=new.description,
        licence=new.licence,
        contact=new.contact,
        link=new.link,
        file=new.file,
        since=now.date(),
        updated_at=now,
        withdrawn_at=None,
    )
    db.add(row)
    return _record_change(db, row, actor, now, "project_dataset_published")


def publish(db: Session, new: NewProjectDataset, *, actor: Actor, now: Utc) -> ProjectData:
    """Create a dataset at the site of its project. Raises Invalid."""
    project = db.get(ProjectRow, new.project_id)
    if project is None or not actor.may(publication.WRITE, project.site_id):
        raise Invalid.of("project_id", "no project for which you may publish")
    return shape(create(db, project.site_id, new, actor=actor, now=now))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[ProjectData]:
    """Return a page of the datasets at the actor's sites, including withdrawn ones. Raises
    Forbidden."""
    actor.require_anywhere(publication.WRITE)
    at_actors_sites = at_sites(ProjectDataset.site_id, actor.sites(publication.WRITE))
    rows = select(ProjectDataset).where(at_actors_sites)
    return paged(
        db, rows, ProjectDataset.id, cursor, lambda found: [shape(dataset) for dataset in found]
    )


def shape(row: ProjectDataset) -> ProjectData:
    """Return the row for the API."""
    return to_shape(row, ProjectData, has_file=row.file is not None)


def withdraw(db: Session, key: str, *, actor: Actor, now: Utc) -> ProjectDataset:
    """Stop publishing a project's dataset. Raises NotFound."""
    row = db.get(ProjectDataset, key)
    if row is None or not actor.may(publication.WRITE, row.site_id):
        raise NotFound("dataset", key)
    row.withdrawn_at = row.withdrawn_at or now
    return _record_change(db, row, actor, now, "project_dataset_withdrawn")


def of_site(db: Session, site_id: str) -> list[ProjectDataset]:
    """Return the published project datasets of a site, oldest first."""
    published = select(ProjectDataset).where(
        ProjectDataset.site_id == site_id, ProjectDataset.withdrawn_at.is_(None)
    )
    return list(db.scalars(published.order_by(ProjectDataset.id)))


def file(db: Session, site_id: str, dataset: str) -> ProjectDataset:
    """Return a public dataset that has a file. Raises NotFound."""
    for row in of_site(db, site_id) if publication.is_published(db, site_id) else []:
        if PREFIX + row.id == dataset and row.file is not None:
            return row
    raise NotFound("dataset", dataset)


def require_table(text: str) -> None:
    """Raise Invalid unless the text is a CSV with a header and rows of the same width."""
    if len(text) > MAX_FILE_CHARACTERS:
        raise Invalid.of("file", f"more than {MAX_FILE_CHARACTERS} characters; give a link instead")
    if "\0" in text:
        raise Invalid.of("file", "it is not text")
    header, _, _rows = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        rows = list(csv.reader(StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise Invalid.of("file", f"not a valid CSV: {problem}") from problem
    if len(rows) < 2 or not all(cell.strip() for cell in rows[0]):
        raise Invalid.of("file", "a CSV needs a header line with a name in each cell, and rows")
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(rows[0]):
            raise Invalid.of("file", f"row {number} has {len(row)} cells, not {len(rows[0])}")


def _record_change(
    db: Session, row: ProjectDataset, actor: Actor, now: Utc, action: str
) -> ProjectDataset:
    db.flush()
    audit.record(db, actor, now, action, f"project_dataset:{row.id}", row.site_id)
    post_news(db, OpenDataNews(site=row.site_id, key=row.id))
    return row
