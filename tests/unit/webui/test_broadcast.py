"""One listener feeds every open page; none can hold up another."""

from threading import Event, Thread

import pytest

from controller.live import Change, Live
from webui.live.broadcast import BACKLOG, Broadcast, Tell, TooManyStreams, from_redis


def quiet(_tell: Tell, stopped: Event) -> None:
    """A source that says nothing."""
    stopped.wait()


def test_each_stream_hears_each_change() -> None:
    broadcast = Broadcast([quiet], 2)
    first, second = broadcast.listen(), broadcast.listen()
    broadcast.tell("a")
    broadcast.tell("b")
    assert [next(first), next(first)] == [next(second), next(second)] == ["a", "b"]
    broadcast.close()


def test_streams_are_capped_and_places_come_back() -> None:
    broadcast = Broadcast([quiet], 1)
    stream = broadcast.listen()
    with pytest.raises(TooManyStreams):
        broadcast.listen()
    stream.close()
    stream.close()
    broadcast.listen()
    broadcast.close()


def test_who_finds_no_place_has_the_others_looked_after() -> None:
    """A reader that went away is noticed by writing to it, without waiting for the next change."""
    broadcast = Broadcast([quiet], 1)
    stream = broadcast.listen()
    with pytest.raises(TooManyStreams):
        broadcast.listen()
    assert next(stream) == "", "a sign of life, now and not after 15 s"
    broadcast.close()


def test_a_page_that_does_not_read_is_ended_and_others_go_on() -> None:
    broadcast = Broadcast([quiet], 2)
    stuck, good = broadcast.listen(), broadcast.listen()
    for number in range(BACKLOG + 1):
        broadcast.tell(str(number))
        assert next(good) == str(number)
    broadcast.listen()  # the stuck one's place is free
    assert list(stuck) == []
    broadcast.close()


def test_close_ends_every_stream() -> None:
    broadcast = Broadcast([quiet], 1)
    stream = broadcast.listen()
    broadcast.close()
    assert list(stream) == []
    with pytest.raises(TooManyStreams):
        broadcast.listen()


def test_changes_come_from_redis() -> None:
    live = Live("embedded")
    heard = Event()
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        heard.set()

    stopped = Event()
    source = Thread(target=from_redis(live), args=(tell, stopped))
    source.start()
    change = Change(site="s", what="point", key="laser")
    while not heard.wait(0.01):  # until the source listens
        live.changed(change)
    assert Change.parse(told[0]) == change
    stopped.set()
    source.join(5)


def test_a_failing_source_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.live.broadcast.RETRY_S", 0.0)
    tries: list[int] = []
    again = Event()

    def failing(_tell: Tell, _stopped: Event) -> None:
        tries.append(1)
        if len(tries) > 1:
            again.set()
        raise ConnectionError("away")

    broadcast = Broadcast([failing], 1)
    broadcast.listen()
    assert again.wait(5)
    broadcast.close()
