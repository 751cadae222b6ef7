"""Publishes a site's data: the switch, and monthly tables that never change afterwards."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import months
from controller.capabilities.opendata.datasets import DATASETS
from controller.capabilities.opendata.models import OpenDataRow, PublishedTable
from controller.capabilities.opendata.shapes import About, Publishing
from controller.capabilities.opendata.tables import Dataset, Table, TableScope
from controller.capabilities.organisations.models import ProjectRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.training.models import CourseSessionRow
from controller.capabilities.usage.models import UsageDay
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.jsontypes import to_json
from controller.kernel.news import News
from controller.kernel.outbox import post_news
from controller.kernel.rows import get_or_404, require_readable, require_version
from controller.kernel.shapes import DecisionText, Label
from controller.kernel.translation import in_every_language
from controller.kernel.validate import merge, parse
from controller.policy.reading import from_json

# News that this feature publishes through the outbox.


class OpenDataNews(News, frozen=True, kw_only=True):
    """A site's published data have changed."""

    FEATURE = "opendata"
    WHAT = "open_data"


SETTLING_PERIOD = timedelta(days=9)
"""How long after its end a month is published; agents may report eight days late."""
MAX_MONTHS = 24
"""Maximum number of past months to publish."""
WRITE = Permission.RULES_WRITE


@dataclass(frozen=True, slots=True)
class Preview:
    """A dataset as it would be published; a monthly one for the last complete month."""

    dataset: Dataset
    name: DecisionText
    description: DecisionText
    table: Table
    is_ready: bool
    """Whether the site has described what the dataset requires."""


@dataclass(frozen=True, slots=True)
class PreparedTable:
    """A dataset's table for a month, ready to be stored."""

    site_id: str
    dataset: str
    month: str
    table: Table


def read(db: Session, site_id: str, *, actor: Actor) -> Publishing:
    """Return whether the site publishes, and its description. Raises NotFound."""
    _require(db, site_id, actor)
    return _shape(site_id, db.get(OpenDataRow, site_id))


def is_published(db: Session, site_id: str) -> bool:
    """Return whether the site publishes."""
    row = db.get(OpenDataRow, site_id)
    return row is not None and row.published_at is not None


def describe(
    db: Session, site_id: str, about: object, *, version: int | None, actor: Actor, now: Utc
) -> Publishing:
    """Store the description of the publisher for catalogues. Raises Invalid, Stale, NotFound."""
    is_first = db.get(OpenDataRow, site_id) is None
    row = _row(db, site_id, actor)
    require_version(row, None if is_first and version == 0 else version)
    row.about = to_json(parse(about, About))
    return _record_change(db, row, actor, now, "open_data_described")


def change(
    db: Session, site_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Publishing:
    """Change the description by a merge patch. Raises Invalid, Stale, NotFound."""
    about = to_json(merge(read(db, site_id, actor=actor).about, patch, About))
    return describe(db, site_id, about, version=version, actor=actor, now=now)


def publish(
    db: Session,
    site_id: str,
    *,
    actor: Actor,
    now: Utc,
    access_days: int,
    tables: Iterable[PreparedTable] | None = None,
) -> Publishing:
    """Make the site's data public. Raises NotFound.

    `tables`: prepared before this transaction, to keep it short.
    """
    row = _row(db, site_id, actor)
    if row.published_at is None:
        row.published_at, row.first_at = now, row.first_at or now
        store_tables(
            db, prepare_tables(db, site_id, now, access_days) if tables is None else tables, now
        )
    return _record_change(db, row, actor, now, "open_data_published")


def withdraw(db: Session, site_id: str, *, actor: Actor, now: Utc) -> Publishing:
    """Stop publishing; downloaded copies remain. Raises NotFound."""
    row = _row(db, site_id, actor)
    row.published_at = None
    return _record_change(db, row, actor, now, "open_data_withdrawn")


def preview(
    db: Session, site_id: str, *, actor: Actor, now: Utc, access_days: int
) -> list[Preview]:
    """Return every dataset as it would be published. Raises NotFound."""
    actor.require(WRITE, site_id)
    month = months.month_after(months.month_of(table_scope(db, site_id, now).today), -1)
    scope = table_scope(db, site_id, now, month, access_days)
    return [_preview(scope, dataset) for dataset in DATASETS.values()]


def _preview(scope: TableScope, dataset: Dataset) -> Preview:
    return Preview(
        dataset,
        in_every_language(scope.db, lambda words: words.say(dataset.name)),
        in_every_language(scope.db, lambda words: words.say(dataset.description)),
        dataset.collect(scope),
        dataset.ready(scope.about),
    )


def catch_up(db: Session, site_id: str, now: Utc, access_days: int) -> None:
    """Publish a site's months that are due, and update the datasets that are not monthly."""
    store_tables(db, prepare_tables(db, site_id, now, access_days), now)


def publishing_sites(db: Session) -> list[str]:
    """Return the ids of the sites that publish."""
    open_ = select(OpenDataRow.site_id).where(OpenDataRow.published_at.is_not(None))
    return list(db.scalars(open_.order_by(OpenDataRow.site_id)))


def prepare_tables(db: Session, site_id: str, now: Utc, access_days: int) -> list[PreparedTable]:
    """Return the tables to publish, without writing anything."""
    of_site = PublishedTable.site_id == site_id
    published = set(db.execute(select(PublishedTable.dataset, PublishedTable.month).where(of_site)))
    prepared = []
    for month in due_months(db, site_id, now):
        scope = table_scope(db, site_id, now, month, access_days)
        new = [
            dataset
            for dataset in DATASETS.values()
            if dataset.monthly and (dataset.id, month) not in published
        ]
        prepared += [
            PreparedTable(site_id, source.id, month, source.collect(scope)) for source in new
        ]
    scope = table_scope(db, site_id, now)
    live_datasets = [dataset for dataset in DATASETS.values() if not dataset.monthly]
    return [
        *prepared,
        *(PreparedTable(site_id, source.id, "", source.collect(scope)) for source in live_datasets),
    ]


def store_tables(db: Session, tables: Iterable[PreparedTable], now: Utc) -> None:
    """Publish the datasets; months that are already published are left unchanged."""
    for table in tables:
        row = db.get(PublishedTable, (table.site_id, table.dataset, table.month))
        if row is not None and table.month:
            continue
        if row is None:
            row = PublishedTable(
                site_id=table.site_id, dataset=table.dataset, month=table.month, digest=""
            )
            db.add(row)
        if row.digest != table.table.digest():
            row.rows, row.withheld = table.table.rows, table.table.withheld
            row.digest, row.updated_at = table.table.digest(), now
    db.flush()


def due_months(db: Session, site_id: str, now: Utc) -> list[str]:
    """Return the months of a site that are complete and settled, from the first one with data."""
    scope = table_scope(db, site_id, now)
    first = min(_first_times(db, scope), default=None)
    last = months.month_after(
        months.month_of(months.day_of(Utc.of(now - SETTLING_PERIOD), scope.zone)), -1
    )
    if first is None:
        return []
    begin = max(first, months.month_after(last, 1 - MAX_MONTHS))
    due = []
    while begin <= last:
        due.append(begin)
        begin = months.month_after(begin)
    return due


def live_table(db: Session, dataset: Dataset, site_id: str, now: Utc) -> Table:
    """Return the dataset's table from current data."""
    return dataset.collect(table_scope(db, site_id, now))


def about_of(db: Session, site_id: str) -> About:
    """Return the description of the publisher; empty before it is entered."""
    row = db.get(OpenDataRow, site_id)
    return from_json(row.about, About) if row else About()


def project_name(db: Session, project_id: str) -> str:
    """Return the project's French name, else its English one."""
    name = from_json(db.get_one(ProjectRow, project_id).name, Label)
    return name.fr or name.en or ""


def table_scope(
    db: Session, site_id: str, now: Utc, month: str = "", access_days: int = 90
) -> TableScope:
    """Return the site and month for which datasets are collected. Raises NotFound."""
    site = get_or_404(db, SiteRow, site_id, "site")
    return TableScope(db, site, about_of(db, site_id), now, month, access_days)


def _first_times(db: Session, scope: TableScope) -> Iterator[str]:
    day = db.scalar(select(func.min(UsageDay.day)).where(UsageDay.site_id == scope.site.id))
    if day is not None:
        yield months.month_of(day)
    for moment, site_column in (
        (Occupancy.quarter, Occupancy.site_id),
        (CourseSessionRow.starts_at, CourseSessionRow.site_id),
    ):
        first = db.scalar(select(func.min(moment)).where(site_column == scope.site.id))
        if first is not None:
            yield months.month_of(months.day_of(Utc.of(first), scope.zone))


def _require(db: Session, site_id: str, actor: Actor) -> None:
    get_or_404(db, SiteRow, site_id, "site")
    require_readable(actor, WRITE, site_id, "site", site_id)


def _row(db: Session, site_id: str, actor: Actor) -> OpenDataRow:
    _require(db, site_id, actor)
    row = db.get(OpenDataRow, site_id)
    if row is None:
        row = OpenDataRow(site_id=site_id, about=to_json(About()))
        db.add(row)
        db.flush()
    return row


def _record_change(
    db: Session, row: OpenDataRow, actor: Actor, now: Utc, action: str
) -> Publishing:
    db.flush()
    audit.record(db, actor, now, action, f"site:{row.site_id}", row.site_id)
    post_news(db, OpenDataNews(site=row.site_id))
    return _shape(row.site_id, row)


def _shape(site_id: str, row: OpenDataRow | None) -> Publishing:
    return Publishing(
        site_id=site_id,
        published_at=row.published_at if row else None,
        first_at=row.first_at if row else None,
        about=from_json(row.about, About) if row else About(),
        version=row.row_version if row else 0,
    )
