"""One listener feeds every open page; none can hold up another."""

import json
from threading import Event

import pytest
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.machines.changes import PointNews
from controller.kernel.database import Database
from controller.kernel.outbox import post_news
from controller.kernel.outbox_follower import FollowerThread
from controller.live import Live
from webui.live.broadcast import (
    BACKLOG,
    Broadcast,
    OutboxSource,
    PublishChange,
    SiteChange,
    TooManyStreams,
)


class Quiet:
    """A source that says nothing."""

    def begin(self) -> None:
        pass

    def run(self, _publish: PublishChange, stopped: Event) -> None:
        stopped.wait()


def told(text: str) -> SiteChange:
    return SiteChange(site="here", text=text)


def test_each_stream_hears_each_change() -> None:
    broadcast = Broadcast([Quiet()], 2)
    first, second = broadcast.listen(), broadcast.listen()
    a, b = told("a"), told("b")
    broadcast.publish(a)
    broadcast.publish(b)
    assert [next(first), next(first)] == [next(second), next(second)] == [a, b]
    broadcast.close()


def test_streams_are_capped_and_places_come_back() -> None:
    broadcast = Broadcast([Quiet()], 1)
    stream = broadcast.listen()
    with pytest.raises(TooManyStreams):
        broadcast.listen()
    stream.close()
    stream.close()
    broadcast.listen()
    broadcast.close()


def test_who_finds_no_place_has_the_others_looked_after() -> None:
    """A reader that went away is noticed by writing to it, without waiting for the next change."""
    broadcast = Broadcast([Quiet()], 1)
    stream = broadcast.listen()
    with pytest.raises(TooManyStreams):
        broadcast.listen()
    assert next(stream) is None, "a sign of life, now and not after 15 s"
    broadcast.close()


def test_a_page_that_does_not_read_is_ended_and_others_go_on() -> None:
    broadcast = Broadcast([Quiet()], 2)
    stuck, good = broadcast.listen(), broadcast.listen()
    for number in range(BACKLOG + 1):
        broadcast.publish(told(str(number)))
        assert next(good) == told(str(number))
    broadcast.listen()  # the stuck one's place is free
    assert list(stuck) == []
    broadcast.close()


def test_close_ends_every_stream() -> None:
    broadcast = Broadcast([Quiet()], 1)
    stream = broadcast.listen()
    broadcast.close()
    assert list(stream) == []
    with pytest.raises(TooManyStreams):
        broadcast.listen()


@pytest.mark.parametrize("with_bell", [True, False])
def test_changes_come_from_the_outbox_with_a_bell_or_without(
    engine: Engine, with_bell: bool
) -> None:
    live = Live("embedded")
    database = Database(engine, live if with_bell else None, house=HOUSE)
    broadcast = Broadcast([OutboxSource(FollowerThread(database, live), is_own=True)], 1)
    stream = broadcast.listen()
    for key in ("laser", "saw"):
        with database.write() as db:
            post_news(db, PointNews(site="here", key=key))
    for position, key in enumerate(("laser", "saw"), 1):
        told = next(stream)
        assert told is not None
        assert (
            json.loads(told.text).items() >= {"site": "here", "what": "point", "key": key}.items()
        )
        assert (told.site, told.position) == ("here", position)
    broadcast.close()
    live.close()


def test_a_failing_source_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.live.broadcast.RETRY_S", 0.0)
    tries: list[int] = []
    again = Event()

    class Failing(Quiet):
        def run(self, _publish: PublishChange, _stopped: Event) -> None:
            tries.append(1)
            if len(tries) > 1:
                again.set()
            raise ConnectionError("away")

    broadcast = Broadcast([Failing()], 1)
    broadcast.listen()
    assert again.wait(60)
    broadcast.close()
