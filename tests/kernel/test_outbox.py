"""News is read once, whole, and in the order of commits, whatever else goes on."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import pytest
from sqlalchemy import Engine, select, text

from controller.assembly import HOUSE
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.members.changes import MemberNews
from controller.kernel import outbox, outbox_places
from controller.kernel.database import Database
from controller.kernel.models import OutboxCursor, OutboxHead, OutboxRow
from controller.kernel.news import News, NewsKinds, PostedNews
from controller.kernel.outbox import post_news
from controller.kernel.outbox_follower import FollowResult, OutboxFollower
from tests.kernel.conftest import HERE, THERE
from tests.support.clock import Clock


@pytest.fixture
def tail(database: Database) -> OutboxFollower:
    """From now on."""
    made = OutboxFollower(database)
    made.begin()
    return made


def say(database: Database, *keys: str, site: str = HERE) -> None:
    with database.write() as db:
        for key in keys:
            post_news(db, PointNews(site=site, key=key))


def keys(seen: FollowResult) -> list[str]:
    assert not seen.lost
    return [news_item.key for news_item in seen.news]


def test_what_starts_first_and_commits_last_is_read_last_and_not_lost(
    database: Database, engine: Engine, tail: OutboxFollower
) -> None:
    # On SQLite writers wait for each other, so that the second one begins when it can commit.
    other = threading.Thread(target=say, args=(database, "second"))
    with database.write() as db:
        post_news(db, PointNews(site=HERE, key="first"))
        db.execute(text("UPDATE site SET row_version = row_version + 1"))
        other.start()
        if engine.dialect.name == "postgresql":
            other.join()
            assert keys(tail.poll()) == ["second"]
    other.join()
    expected = ["first"] if engine.dialect.name == "postgresql" else ["first", "second"]
    assert keys(tail.poll()) == expected
    assert keys(tail.poll()) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_sequence_would_have_lost_it(engine: Engine) -> None:
    """Why positions are counted under a lock: a reader that goes by a sequence passes one by."""
    with engine.begin() as db:
        db.execute(text("CREATE TABLE by_sequence (n bigserial PRIMARY KEY, key text)"))
    insert = text("INSERT INTO by_sequence (key) VALUES (:key)")
    read = text("SELECT n, key FROM by_sequence WHERE n > :place ORDER BY n")
    with engine.connect() as first, engine.connect() as second, engine.connect() as reader:
        first.execute(insert, {"key": "first"})
        second.execute(insert, {"key": "second"})
        second.commit()
        found = reader.execute(read, {"place": 0}).all()
        reader.rollback()
        first.commit()
        after = reader.execute(read, {"place": found[-1].n}).all()
    assert [row.key for row in (*found, *after)] == ["second"]


def test_twice_in_a_transaction_is_once(database: Database, tail: OutboxFollower) -> None:
    say(database, "laser", "saw", "laser")
    assert keys(tail.poll()) == ["laser", "saw"]


def test_what_did_not_happen_is_not_told(database: Database, tail: OutboxFollower) -> None:
    with suppress(ZeroDivisionError), database.write() as db:
        post_news(db, PointNews(site=HERE, key="undone"))
        raise ZeroDivisionError
    with database.write() as db:
        post_news(db, PointNews(site=HERE, key="before"))
        with suppress(ZeroDivisionError), db.begin_nested():
            post_news(db, PointNews(site=HERE, key="before"))
            post_news(db, PointNews(site=HERE, key="undone"))
            raise ZeroDivisionError
        with db.begin_nested():
            post_news(db, PointNews(site=HERE, key="after"))
    assert keys(tail.poll()) == ["before", "after"]


def test_what_is_made_again_is_no_news(database: Database, tail: OutboxFollower) -> None:
    with database.write() as db:
        post_news(db, PointNews(site=HERE, key="again"))
        outbox.discard_news(db)
    assert keys(tail.poll()) == []


def test_positions_count_at_each_site(database: Database) -> None:
    with database.read() as db:
        before = outbox.heads(db)
    say(database, "a", "b")
    say(database, "c", site=THERE)
    with database.read() as db:
        found = [
            (news_item.site, news_item.position - before.get(news_item.site, 0), news_item.key)
            for site in (HERE, THERE)
            for news_item in outbox.news_since(db, HOUSE.kinds, site, before.get(site, 0))
        ]
    assert found == [(HERE, 1, "a"), (HERE, 2, "b"), (THERE, 1, "c")]


WRITERS, EACH = 6, 12


def test_many_who_write_at_once_lose_nothing_and_wait_for_nobody_in_a_circle(
    database: Database, tail: OutboxFollower
) -> None:
    def write(number: int) -> None:
        sites = [HERE, THERE] if number % 2 else [THERE, HERE]
        for turn in range(EACH):
            with database.write() as db:
                for site in sites:
                    post_news(db, PointNews(site=site, key=f"{number}/{turn:02d}"))

    news: list[PostedNews] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, number) for number in range(WRITERS)]
        while not all(future.done() for future in writing):
            news += tail.poll().news
        for future in writing:
            future.result()
    news += tail.poll().news
    for site in (HERE, THERE):
        here = [news_item for news_item in news if news_item.site == site]
        assert len(here) == WRITERS * EACH
        assert all(b.position == a.position + 1 for a, b in pairwise(here))
        for number in range(WRITERS):
            mine = [news_item.key for news_item in here if news_item.key.startswith(f"{number}/")]
            assert mine == sorted(mine)


def test_many_are_read_in_order(
    database: Database, tail: OutboxFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH_SIZE", 10)
    wanted = [f"{number:03d}" for number in range(30)]
    say(database, *wanted)
    assert keys(tail.poll()) == wanted


class Renamed(News, frozen=True, kw_only=True):
    """As a newer program writes it."""

    ROOM = "machines"
    WHAT = "point"

    size_mm: int


def test_fields_come_back_and_what_is_not_known_is_none() -> None:
    kinds = NewsKinds([Renamed, MemberNews])
    news = Renamed(site=HERE, key="laser", size_mm=7)
    assert news.detail() == {"size_mm": 7}
    assert kinds.read("point", HERE, "laser", news.detail()) == news
    assert kinds.read("point", HERE, "laser", None) is None
    assert kinds.read("window", HERE, "x", None) is None
    with pytest.raises(ValueError, match="two types of news are called point"):
        NewsKinds([Renamed, PointNews])


def _types(kind: type[News]) -> Iterator[type[News]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _types(subclass)


def test_every_type_of_news_is_in_the_list() -> None:
    ours = {type_ for type_ in _types(News) if type_.__module__.startswith("controller.")}
    read = {type(HOUSE.kinds.read(kind.WHAT, HERE, "", None)) for kind in ours}
    assert read == ours


def moved(database: Database, reader: str, to: int, clock: Clock) -> None:
    with database.write() as db:
        for site, head in outbox.heads(db).items():
            key = {"reader": reader, "site_id": site}
            db.merge(OutboxCursor(**key, position=min(to, head), moved_at=clock()))


def positions(database: Database) -> list[int]:
    with database.read() as db:
        here = OutboxRow.site_id == HERE
        return list(db.scalars(select(OutboxRow.position).where(here).order_by(OutboxRow.position)))


def prune(database: Database, clock: Clock) -> None:
    for step in _steps(clock):
        with database.write() as db:
            step(db)


def _steps(clock: Clock) -> Iterator[Callable[..., object]]:
    yield lambda db: outbox_places.forget_inactive(db, clock())
    yield lambda db: outbox_places.prune(db, HERE, clock())


@pytest.fixture
def told(database: Database, clock: Clock) -> list[int]:
    """Three news here, and that a reader has read the first."""
    with database.write() as db:
        db.query(OutboxRow).delete()
        db.query(OutboxHead).delete()
    say(database, "a", "b", "c")
    moved(database, "mail", 1, clock)
    return positions(database)


def test_what_all_have_read_goes_after_an_hour(
    database: Database, clock: Clock, told: list[int]
) -> None:
    assert told == [1, 2, 3]
    prune(database, clock)
    assert positions(database) == [1, 2, 3]
    clock.forward(hours=1, seconds=1)
    prune(database, clock)
    assert positions(database) == [2, 3]
    moved(database, "mail", 3, clock)
    prune(database, clock)
    assert positions(database) == []
    say(database, "d")
    assert positions(database) == [4]


def test_a_reader_that_is_gone_holds_nothing_up_for_ever(
    database: Database, clock: Clock, told: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    clock.forward(days=2, seconds=1)
    prune(database, clock)
    assert positions(database) == []
    assert "reader mail no longer exists: 2 news of here are dropped" in caplog.text
    with database.read() as db:
        assert outbox_places.lags(db) == []


def test_how_far_readers_are_behind(database: Database, clock: Clock, told: list[int]) -> None:
    first = clock()
    moved(database, "webhooks", 3, clock)
    clock.forward(seconds=30)
    say(database, "d")
    with database.read() as db:
        lags = {lag.reader: (lag.behind, lag.since) for lag in outbox_places.lags(db)}
    assert lags == {"mail": (3, first), "webhooks": (1, clock())}


def test_whoever_was_away_for_longer_than_news_is_kept_is_told(
    database: Database, clock: Clock, tail: OutboxFollower
) -> None:
    say(database, "a")
    clock.forward(hours=2)
    prune(database, clock)
    say(database, "b")
    assert tail.poll() == FollowResult((), (HERE,))
    say(database, "c")
    assert keys(tail.poll()) == ["c"]


def test_after_a_restore_no_position_comes_twice_and_who_had_all_has_all(
    database: Database, clock: Clock, told: list[int]
) -> None:
    moved(database, "webhooks", 3, clock)
    with database.write() as db:
        outbox.renumber(db)
    say(database, "d")
    assert positions(database) == [1, 2, 3, outbox.RESTORE_OFFSET + 4]
    with database.read() as db:
        places = {
            place.position: place.is_whole
            for reader in ("mail", "webhooks")
            for place in outbox_places.places_behind(db, reader)
            if place.site == HERE
        }
    assert places == {1: True, outbox.RESTORE_OFFSET + 3: True}
