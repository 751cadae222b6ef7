"""A group worker goes on, whatever a message or the database does."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from controller.hub.budget import Budget
from controller.hub.counters import Counters
from controller.hub.inbox import Inbox, InboxLimits
from controller.hub.worker import GroupWorker
from controller.store.unavailable import Cause, DatabaseUnavailable
from controller.wire.link_port import IncomingMessage


class Handled:
    """Handles messages as their payloads say."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.set_aside: list[bytes] = []
        self.failures = 0
        self._changed = threading.Condition()

    def handle(self, messages: list[IncomingMessage]) -> None:
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

    def give_up(self, message: IncomingMessage) -> None:
        with self._changed:
            self.set_aside.append(message.payload)
            self._changed.notify_all()

    def wait(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.done) + len(self.set_aside) >= number, timeout=60
            )


def say(payload: bytes) -> IncomingMessage:
    return IncomingMessage(topic="loquet/1/s/agents/a/events", payload=payload)


@pytest.fixture
def handled() -> Handled:
    return Handled()


@pytest.fixture
def worker(handled: Handled) -> Iterator[GroupWorker]:
    made = GroupWorker(
        "test",
        handled.handle,
        Counters(),
        budget=Budget(1 << 20, 1 << 20),
        give_up=handled.give_up,
        inbox=Inbox(InboxLimits(messages=6, bytes=1_000)),
    )
    yield made
    made.stop()


def test_a_message_that_fails_is_set_aside_and_the_others_pass(
    worker: GroupWorker, handled: Handled
) -> None:
    for payload in (b"1", b"poison", b"2", b"refused", b"3"):
        worker.offer("a", say(payload))
    worker.start()
    handled.wait(5)
    assert handled.done == [b"1", b"2", b"3"]
    assert handled.set_aside == [b"poison", b"refused"]


def test_no_more_is_waited_for_than_is_enough() -> None:
    """Who sent what is there may send nothing more until it is answered."""
    inbox = Inbox()
    for number in range(8):
        assert inbox.offer(f"agent-{number}", say(b"%d" % number))
    found = inbox.take(wait_s=0.0, gather_s=3600.0, limit=20, enough=8)
    assert len(found) == 8
    assert inbox.offer("late", say(b"9"))
    assert len(inbox.take(wait_s=0.0, gather_s=0.0, limit=20, enough=8)) == 1


def test_no_more_bytes_are_waited_for_than_are_enough() -> None:
    inbox = Inbox()
    for number in range(4):
        assert inbox.offer(f"agent-{number}", say(b"%050d" % number))
    found = inbox.take(wait_s=0.0, gather_s=3600.0, limit=20, enough_bytes=200)
    assert len(found) == 4


def test_what_nobody_waits_for_is_gathered_until_something_else_comes() -> None:
    inbox = Inbox(is_patient=lambda message: message.payload == b"patient")
    take = partial(inbox.take, wait_s=0.0, gather_s=0.0, limit=20)
    assert inbox.offer("a", say(b"patient"))
    assert [message.payload for message in take()] == [b"patient"], "not without being asked to"
    assert inbox.offer("a", say(b"patient"))
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(take, patient_s=3600.0)
        assert inbox.offer("b", say(b"hasty"))
        assert {message.payload for message in found.result(20)} == {b"patient", b"hasty"}
    assert inbox.offer("b", say(b"hasty"))
    assert len(take(patient_s=3600.0)) == 1


class Gathering(Inbox):
    """Notes how long each group was gathered."""

    def __init__(self) -> None:
        super().__init__()
        self.gathered: list[float] = []

    def take(
        self,
        *,
        wait_s: float,
        gather_s: float,
        limit: int,
        most_bytes: int = 1 << 30,
        enough: int | None = None,
        enough_bytes: int = 1 << 30,
        patient_s: float = 0.0,
    ) -> list[IncomingMessage]:
        found = super().take(wait_s=wait_s, gather_s=0.0, limit=limit, most_bytes=most_bytes)
        if found:
            self.gathered.append(gather_s)
        return found


def test_a_group_is_gathered_for_as_long_as_the_one_before_took(handled: Handled) -> None:
    """Up to a limit: what waits meanwhile is one transaction, and not one each."""
    inbox, now_s, takes_s = Gathering(), [0.0], iter([0.125, 7.0, 0.0, 0.0])

    def handle(messages: list[IncomingMessage]) -> None:
        now_s[0] += next(takes_s)
        handled.handle(messages)

    worker = GroupWorker(
        "test",
        handle,
        Counters(),
        budget=Budget(1 << 20, 1 << 20),
        gather_s=0.003,
        most_gather_s=0.25,
        inbox=inbox,
        monotonic=lambda: now_s[0],
    )
    worker.start()
    for number in range(4):
        worker.offer("a", say(b"%d" % number))
        handled.wait(number + 1)
    worker.stop()
    assert inbox.gathered == [0.003, 0.125, 0.25, 0.003]


def test_while_the_database_is_away_the_group_is_held_back(
    worker: GroupWorker, handled: Handled
) -> None:
    handled.failures = 2
    worker.offer("a", say(b"1"))
    worker.start()
    handled.wait(1)
    assert handled.done == [b"1"]
    assert handled.failures == 0


def test_the_inbox_is_bounded_in_number_and_in_bytes() -> None:
    inbox = Inbox(InboxLimits(messages=2, bytes=10))
    assert [inbox.offer("a", say(b"x" * 4)) for _ in range(3)] == [True, True, False]
    assert len(inbox.take(wait_s=0, gather_s=0, limit=1)) == 1
    assert not inbox.offer("b", say(b"x" * 7))
    assert inbox.offer("b", say(b"x" * 6))
    inbox.close()
    assert not inbox.offer("a", say(b""))
    assert len(inbox.take(wait_s=60, gather_s=60, limit=9)) == 2
    assert inbox.take(wait_s=60, gather_s=60, limit=9) == []


def test_each_sender_fills_its_own_part_of_the_inbox_only() -> None:
    inbox = Inbox(InboxLimits(each_messages=3, each_bytes=10))
    assert [inbox.offer("rogue", say(b"r")) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [inbox.offer("big", say(b"x" * size)) for size in (6, 6, 4)] == [True, False, True]
    assert inbox.offer("a", say(b"a"))
    assert len(inbox) == 6
    first = inbox.take(wait_s=0, gather_s=0, limit=3)
    assert [message.payload for message in first] == [b"r", b"x" * 6, b"a"], "one of each in turn"
    assert inbox.offer("a", say(b"a"))
    rest = inbox.take(wait_s=0, gather_s=0, limit=9)
    assert [message.payload for message in rest] == [b"r", b"x" * 4, b"a", b"r"]


def test_a_group_has_only_so_many_of_one_sender() -> None:
    inbox = Inbox(InboxLimits(each_turn=2))
    for number in range(5):
        inbox.offer("rogue", say(b"%d" % number))
    inbox.offer("a", say(b"a"))
    groups = [inbox.take(wait_s=0, gather_s=0, limit=9) for _ in range(3)]
    assert [[certification.payload for certification in group] for group in groups] == [
        [b"0", b"a", b"1"],
        [b"2", b"3"],
        [b"4"],
    ]


def test_a_group_has_only_so_many_bytes_and_at_least_one_message() -> None:
    inbox = Inbox()
    for payload in (b"1" * 40, b"2" * 40, b"3" * 40, b"4" * 400):
        inbox.offer(payload.decode(), say(payload))

    def sizes() -> list[int]:
        group = inbox.take(wait_s=0, gather_s=0, limit=10, most_bytes=80)
        return [len(message.payload) for message in group]

    assert [sizes() for _ in range(3)] == [[40, 40], [40, 400], []]


def test_who_goes_beyond_the_budget_is_refused_and_told_of(handled: Handled) -> None:
    counters, told = Counters(), list[str]()
    worker = GroupWorker(
        "test", handled.handle, counters, budget=Budget(5 * 4096, 0), excess=told.append
    )
    for _ in range(9):
        worker.offer("rogue", say(b"1"))
    worker.offer("a", say(b"2"))
    worker.start()
    handled.wait(6)
    worker.stop()
    assert sorted(handled.done) == [b"1"] * 5 + [b"2"]
    assert counters.snapshot() == {"dropped_over_budget_test": 4}
    assert told == ["rogue"] * 4


def test_it_is_heard_while_the_database_is_away(handled: Handled) -> None:
    """Then it waits on purpose, and to be ended for it would help nobody."""
    handled.failures, heard = 3, list[None]()
    worker = GroupWorker(
        "events",
        handled.handle,
        Counters(),
        budget=Budget(1 << 20, 1 << 20),
        round_done=lambda: heard.append(None),
    )
    worker.start()
    worker.offer("a", say(b"one"))
    handled.wait(1)
    worker.stop()
    assert len(heard) >= 1 + 3, "before the group, and after each of three tries"
