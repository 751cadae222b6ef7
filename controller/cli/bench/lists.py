"""Measure lists and reports of a million rows against a thousand rows, and the bytes per event."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.journal import events
from controller.capabilities.journal.events import Filter
from controller.capabilities.members import members
from controller.capabilities.usage import report, sessions
from controller.capabilities.usage.shapes import UsageSplit
from controller.cli.bench.archive import END, SITES, Archive
from controller.cli.bench.figure import Figure, percentile
from controller.cli.bench.venue import Venue
from controller.cli.numbers import vault_of
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.paging import Cursor
from controller.settings.reading import load
from controller.store.engine import open_database

MANY, FEW = 1_000_000, 1_000
"""Numbers of rows in the large and the small database."""
_MONTH_S = 31 * 86_400.0
_TIMES = 51
"""How often each list is read."""
_PAGE = Cursor(limit=50)
"""Sixteen agents have 62 of a thousand rows each, so filtered lists fill a page in both
databases."""
_POINT, _MONTH = "atelier-1", "2026-10"
Query = Callable[[Session], object]
"""Runs a list or a report."""

_ALL = Actor.system("bench")
_SOME_SITES_ACTOR = Actor(
    ref="bench", roles={site: frozenset({Role.MANAGER}) for site in SITES[:3]}
)
_DAY = Filter(since=Utc.of(END - timedelta(days=1)), until=END)
_FILTERS = {
    "unfiltered": (_ALL, Filter()),
    "three sites": (_SOME_SITES_ACTOR, Filter()),
    "by point": (_ALL, Filter(access_point=_POINT)),
    "by agent": (_ALL, Filter(agent=_POINT)),
    "one day": (_ALL, _DAY),
    "one day, three sites": (_SOME_SITES_ACTOR, _DAY),
}


def measure(folder: Path, names: frozenset[str], many: int = MANY) -> list[Figure]:
    """Measure the wanted figures, on SQLite, in new files in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    urls = [f"sqlite:///{folder / name}.db" for name in ("many", "few", "month")]
    figures = []
    with _archive(urls[0]) as large, _archive(urls[1]) as small, _archive(urls[2]) as month:
        empty = _bytes(large)
        if names & {"events_list_1m", "bytes_per_event"}:
            large.add_events(many)
            size = (_bytes(large) - empty) / many
            figures.append(Figure("bytes_per_event", "B", value=size, note="with its indexes"))
        if names & {"sessions_list_1m", "usage_month_1m"}:
            large.add_sessions(many)
        small.add_events(FEW)
        small.add_sessions(FEW)
        month.add_sessions(FEW, _MONTH_S / FEW)
        figures += compare(large.database, small.database, month.database)
    return [figure for figure in figures if figure.name in names]


def compare(large: Database, small: Database, month: Database) -> list[Figure]:
    """Compare each list and report of the large database with the small one.

    For the usage report the small database has its sessions within one month.
    """
    comparisons = (
        ("events_list_1m", _lists(events.page), small),
        ("sessions_list_1m", _lists(sessions.page), small),
        ("usage_month_1m", _reports(), month),
    )
    return [_worst(name, queries, large, other) for name, queries, other in comparisons]


def member_page(few: Venue, many: Venue) -> Figure:
    """Measure a page of 50 members among 100,000, against a place with sixty members."""

    def query(db: Session) -> object:
        return members.page(db, actor=_ALL, cursor=_PAGE)

    with _database(many) as large, _database(few) as small:
        return _worst("member_page_100k", {"unfiltered": query}, large, small)


def _lists(page: Callable[..., object]) -> Mapping[str, Query]:
    return {
        name: partial(page, actor=actor, filters=filters, cursor=_PAGE)
        for name, (actor, filters) in _FILTERS.items()
    }


def _reports() -> Mapping[str, Query]:
    return {
        f"split by {split}" if split else "whole": partial(
            report.report,
            site_id=SITES[0],
            first=_MONTH,
            last=_MONTH,
            split=split,
            actor=_ALL,
            now=END,
        )
        for split in (None, *UsageSplit)
    }


def _worst(name: str, queries: Mapping[str, Query], large: Database, small: Database) -> Figure:
    """Return the figure with the worst ratio of the large to the small database; medians in ms."""
    results = []
    for list_name, query in queries.items():
        samples: tuple[list[float], list[float]] = ([], [])
        for _ in range(_TIMES):  # alternately, so that other load on the computer slows both
            for database, into in zip((large, small), samples, strict=True):
                into.append(_took_ms(database, query))
        p50, floor = (percentile(sample, 50) for sample in samples)
        results.append((p50 / floor, p50, floor, list_name))
    ratio, p50, floor, list_name = max(results)
    return Figure(name, "ms", p50=p50, floor_p50=floor, ratio=ratio, note=f"the worst: {list_name}")


def _took_ms(database: Database, query: Query) -> float:
    with database.read() as db:
        began = time.perf_counter()
        query(db)
        return 1000 * (time.perf_counter() - began)


def _bytes(archive: Archive) -> int:
    with archive.database.read() as db:
        pages, size = (
            db.scalar(text(f"PRAGMA {pragma}")) for pragma in ("page_count", "page_size")
        )
    return int(pages or 0) * int(size or 0)


@contextmanager
def _archive(url: str) -> Iterator[Archive]:
    engine = open_database(url, make=True)
    try:
        yield Archive(engine)
    finally:
        engine.dispose()


@contextmanager
def _database(venue: Venue) -> Iterator[Database]:
    settings = load(venue.demo.layout.config)
    engine = open_database(settings.database.url)
    try:
        yield Database(engine, house=HOUSE, vault=vault_of(settings))
    finally:
        engine.dispose()
