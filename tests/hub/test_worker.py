"""A group worker goes on, whatever a message or the database does."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from controller.hub.counters import Counters
from controller.hub.inbox import Inbox
from controller.hub.worker import GroupWorker
from controller.store.unavailable import Cause, DatabaseUnavailable
from controller.wire.link_port import Incoming


class Handled:
    """Handles messages as their payloads say."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.set_aside: list[bytes] = []
        self.failures = 0
        self._changed = threading.Condition()

    def handle(self, messages: list[Incoming]) -> None:
        payloads = [message.payload for message in messages]
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable(Cause.LOCKED)
        if b"refused" in payloads:
            raise IntegrityError("insert", {}, Exception("not like this"))
        if b"poison" in payloads:
            raise RuntimeError("poison")
        with self._changed:
            self.done += payloads
            self._changed.notify_all()

    def give_up(self, message: Incoming) -> None:
        with self._changed:
            self.set_aside.append(message.payload)
            self._changed.notify_all()

    def wait(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.done) + len(self.set_aside) >= number, timeout=20
            )


def say(payload: bytes) -> Incoming:
    return Incoming(topic="loquet/1/s/agents/a/events", payload=payload)


@pytest.fixture
def handled() -> Handled:
    return Handled()


@pytest.fixture
def worker(handled: Handled) -> Iterator[GroupWorker]:
    made = GroupWorker(
        "test", handled.handle, Counters(), give_up=handled.give_up, inbox=Inbox(6, 1_000)
    )
    yield made
    made.stop()


def test_a_message_that_fails_is_set_aside_and_the_others_pass(
    worker: GroupWorker, handled: Handled
) -> None:
    for payload in (b"1", b"poison", b"2", b"refused", b"3"):
        worker.offer(say(payload))
    worker.start()
    handled.wait(5)
    assert handled.done == [b"1", b"2", b"3"]
    assert handled.set_aside == [b"poison", b"refused"]


def test_while_the_database_is_away_the_group_is_held_back(
    worker: GroupWorker, handled: Handled
) -> None:
    handled.failures = 2
    worker.offer(say(b"1"))
    worker.start()
    handled.wait(1)
    assert handled.done == [b"1"]
    assert handled.failures == 0


def test_the_inbox_is_bounded_in_number_and_in_bytes() -> None:
    inbox = Inbox(max_messages=2, max_bytes=10)
    assert [inbox.offer(say(b"x" * 4)) for _ in range(3)] == [True, True, False]
    assert len(inbox.take(wait_s=0, gather_s=0, limit=1)) == 1
    assert not inbox.offer(say(b"x" * 7))
    assert inbox.offer(say(b"x" * 6))
    inbox.close()
    assert not inbox.offer(say(b""))
    assert len(inbox.take(wait_s=60, gather_s=60, limit=9)) == 2
    assert inbox.take(wait_s=60, gather_s=60, limit=9) == []
