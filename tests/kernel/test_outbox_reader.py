"""A reader with a place of its own: each of what it wants, in order, at least once."""

import logging
from collections.abc import Sequence
from threading import Event

import pytest
from sqlalchemy import delete, select

from controller.capabilities.machines.changes import CommandNews, PointNews
from controller.kernel import outbox
from controller.kernel.database import Database
from controller.kernel.models import OutboxCursor, OutboxRow
from controller.kernel.news import News, PostedNews
from controller.kernel.outbox import post_news
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_places import TERM_S
from controller.kernel.outbox_reader import Reader, ReaderThread
from controller.live import Live
from tests.kernel.conftest import HERE, THERE
from tests.support.clock import Clock


class Outside:
    """What is told; it refuses while it is away."""

    def __init__(self) -> None:
        self.told: list[PostedNews] = []
        self.is_away = False
        self.full = Event()
        self.enough = 0

    def deliver(self, news: Sequence[PostedNews]) -> None:
        if self.is_away:
            raise ConnectionError("away")
        self.told += news
        if len(self.told) >= self.enough:
            self.full.set()

    def keys(self, site: str = HERE) -> list[str]:
        return [news_item.key for news_item in self.told if news_item.site == site]


@pytest.fixture
def outside() -> Outside:
    return Outside()


def reading(
    database: Database, outside: Outside, clock: Clock, holder: str = "one"
) -> ReaderThread:
    """A reader called `mail`, which wants points and nothing else."""
    return ReaderThread(
        database,
        FollowerThread(database, Live("embedded")),
        Reader("mail", (PointNews,), outside.deliver),
        holder,
        clock=clock,
        monotonic=lambda: clock().timestamp(),
    )


def say(database: Database, *keys: str, site: str = HERE, kind: type[News] = PointNews) -> None:
    with database.write() as db:
        for key in keys:
            post_news(db, kind(site=site, key=key))


def place(database: Database, site: str = HERE) -> int | None:
    with database.read() as db:
        row = db.scalar(select(OutboxCursor).where(OutboxCursor.site_id == site))
        return row.position if row else None


def head(database: Database) -> int:
    with database.read() as db:
        return outbox.heads(db)[HERE]


def test_it_gets_what_it_wants_once_and_goes_on_after_a_restart(
    database: Database, outside: Outside, clock: Clock
) -> None:
    say(database, "a", "b")
    say(database, "c", site=THERE)
    say(database, "asked", kind=CommandNews)
    first = reading(database, outside, clock)
    first.poll()
    first.poll()
    assert (outside.keys(), outside.keys(THERE)) == (["a", "b"], ["c"])
    say(database, "d")
    reading(database, outside, clock).poll()
    assert outside.keys() == ["a", "b", "d"]
    assert place(database) == head(database)


def test_what_it_does_not_want_now_is_passed_without_a_commit(
    database: Database, outside: Outside, clock: Clock
) -> None:
    asked: list[str] = []

    def is_wanted(news: Sequence[PostedNews]) -> bool:
        asked.extend(news_item.key for news_item in news)
        return "wanted" in asked

    reader = ReaderThread(
        database,
        FollowerThread(database, Live("embedded")),
        Reader("mail", (PointNews,), outside.deliver, is_wanted),
        "one",
        clock=clock,
        monotonic=lambda: clock().timestamp(),
    )
    say(database, "first")
    reader.poll()
    begun = place(database)
    say(database, "later")
    reader.poll()
    reader.poll()
    assert (asked, outside.told, place(database)) == (["first", "later"], [], begun)
    say(database, "wanted")
    reader.poll()
    assert outside.keys() == ["wanted"]
    assert place(database) == head(database)


def test_what_fails_is_told_again_ever_later_and_what_is_behind_waits(
    database: Database, outside: Outside, clock: Clock
) -> None:
    reader = reading(database, outside, clock)
    outside.is_away = True
    say(database, "a")
    reader.poll()
    say(database, "b")
    outside.is_away = False
    reader.poll()
    assert outside.told == []
    clock.forward(seconds=1)
    reader.poll()
    assert outside.keys() == ["a", "b"]
    outside.is_away = True
    say(database, "c")
    for wait_s in (1, 2, 4):
        reader.poll()
        clock.forward(seconds=wait_s - 0.5)
        outside.is_away = False
        reader.poll()
        assert outside.keys() == ["a", "b"], "too soon"
        outside.is_away = True
        clock.forward(seconds=0.5)
    outside.is_away = False
    reader.poll()
    assert outside.keys() == ["a", "b", "c"]


def test_a_site_whose_news_can_not_be_told_holds_up_no_other(
    database: Database, outside: Outside, clock: Clock
) -> None:
    def only_there(news: Sequence[PostedNews]) -> None:
        if news[0].site == HERE:
            raise ConnectionError("away")
        outside.deliver(news)

    wants = Reader("mail", (PointNews,), only_there)
    silent = FollowerThread(database, Live("embedded"))
    reader = ReaderThread(database, silent, wants, "one", clock=clock)
    say(database, "a")
    say(database, "b", site=THERE)
    reader.poll()
    assert outside.keys(THERE) == ["b"]


def test_many_come_in_order(
    database: Database, outside: Outside, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.kernel.outbox_reader.BATCH_SIZE", 4)
    for number in range(3):
        say(database, *(f"{number}{letter}" for letter in "abcde"))
        say(database, "asked", kind=CommandNews)
    reading(database, outside, clock).poll()
    assert outside.keys() == [f"{number}{letter}" for number in range(3) for letter in "abcde"]


def test_its_place_moves_past_what_it_does_not_want_now_and_then(
    database: Database, outside: Outside, clock: Clock
) -> None:
    reader = reading(database, outside, clock)
    say(database, "a")
    reader.poll()
    stood = place(database)
    say(database, "asked", kind=CommandNews)
    reader.poll()
    assert place(database) == stood, "not worth a commit"
    clock.forward(seconds=61)
    reader.poll()
    assert place(database) == head(database)
    assert outside.keys() == ["a"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_two_processes_one_tells_and_the_other_takes_over_once_it_is_dead(
    database: Database, outside: Outside, clock: Clock
) -> None:
    one, two = (reading(database, outside, clock, holder) for holder in ("one", "two"))
    say(database, "a")
    one.poll()
    say(database, "b")
    two.poll()
    assert outside.keys() == ["a"]
    clock.forward(seconds=TERM_S + 1)
    two.poll()
    assert outside.keys() == ["a", "b"]
    say(database, "c")
    one.poll()
    assert outside.keys() == ["a", "b"], "it has lost its turn, and knows it"
    two.poll()
    assert outside.keys() == ["a", "b", "c"]


def test_one_that_was_away_for_too_long_says_so_and_goes_on(
    database: Database, outside: Outside, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    reader = reading(database, outside, clock)
    say(database, "a")
    reader.poll()
    say(database, "b", "c")
    with database.write() as db:
        db.execute(delete(OutboxRow).where(OutboxRow.key != "c"))
    with caplog.at_level(logging.ERROR):
        reader.poll()
    assert outside.keys() == ["a", "c"]
    assert "mail read too late: news of here are lost" in caplog.text


def test_its_thread_hears_the_bell_and_looks_by_itself(
    database: Database, outside: Outside, clock: Clock
) -> None:
    live = Live("embedded")
    ringing = Database(database.engine, live, clock, house=database.house)
    for writes in (ringing, database):
        outside.full.clear()
        outside.enough = len(outside.told) + 1
        follower = FollowerThread(ringing, live)
        reader = ReaderThread(
            ringing, follower, Reader("mail", (PointNews,), outside.deliver), "one", poll_s=1.0
        )
        reader.start()
        say(writes, "a")
        assert outside.full.wait(60)
        reader.stop()
        follower.stop()
    live.close()
