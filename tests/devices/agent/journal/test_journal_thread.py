"""The journal's thread: one commit for what comes together, and nothing published before it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from msgspec import Raw

from controller.domain.time import Utc
from controller.wire.events import Event, JournalDegraded
from controller.wire.journal_bytes import decode_event
from controller.wire.messages import EventAck
from devices.agent.journal.ledger import Ledger, Recorder
from devices.agent.journal.thread import Journal
from devices.agent.state_store import StateStore

AT = Utc.parse("2026-03-02T12:00:00.000Z")
Some = Callable[[int], list[Event]]


class Hub:
    """Takes batches; a test waits for so many events."""

    def __init__(self) -> None:
        self._more = threading.Condition()
        self.events: list[Event] = []
        self.stream = ""

    def __call__(self, stream: str, events: tuple[Raw, ...]) -> None:
        with self._more:
            self.stream = stream
            self.events += [decode_event(data).event for data in events]
            self._more.notify_all()

    def wait_for(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self.events) >= count, timeout=60)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def journal(folder: Path, recorder: Recorder, hub: Hub) -> Iterator[Journal]:
    journal = Journal(
        Ledger(folder / "journal.db", recorder, Random(1)),
        StateStore.open(folder / "state.db", "mark"),
        hub,
        mono=recorder.clock.mono,
    )
    journal.start()
    yield journal
    journal.stop()


def test_what_is_handed_over_is_offered_once_connected(
    journal: Journal, hub: Hub, some: Some
) -> None:
    assert journal.write(*some(3))
    assert hub.events == []
    journal.on_connection(True)
    hub.wait_for(3)
    journal.append(*some(2))
    hub.wait_for(5)
    assert [event.seq for event in hub.events] == [1, 2, 3, 4, 5]


def test_nothing_is_offered_again_after_its_acknowledgement(
    journal: Journal, hub: Hub, some: Some
) -> None:
    journal.on_connection(True)
    journal.append(*some(3))
    hub.wait_for(3)
    journal.acknowledged(EventAck(at=AT, stream=hub.stream, through=3))
    journal.on_connection(False)
    journal.on_connection(True)
    journal.append(*some(1))
    hub.wait_for(4)
    assert len(hub.events) == 4
    assert journal.write()
    assert journal.health.backlog == 1


def test_what_nobody_heard_is_offered_again_when_a_hub_is_there(
    journal: Journal, hub: Hub, some: Some
) -> None:
    journal.on_connection(True)
    journal.append(*some(3))
    hub.wait_for(3)
    journal.no_subscriber()
    journal.hub_seen()
    hub.wait_for(6)
    assert [event.seq for event in hub.events] == [1, 2, 3, 1, 2, 3]


def test_values_are_kept_and_removed(journal: Journal, folder: Path) -> None:
    assert journal.write(saved={"point/a": b"1", "point/b": b"2"})
    journal.append(saved={"point/a": None})
    journal.stop()
    state_store = StateStore.open(folder / "state.db", "mark")
    assert state_store.read("point/") == {"point/b": b"2"}
    state_store.close()


def test_everything_is_committed_before_it_stops(
    journal: Journal, folder: Path, recorder: Recorder, some: Some
) -> None:
    for event in some(200):
        journal.append(event)
    journal.stop()
    again = Ledger(folder / "journal.db", recorder, Random(1))
    assert again.backlog == 200
    again.close()


def test_a_full_disk_is_told_and_nothing_waits_for_it(
    journal: Journal, hub: Hub, some: Some
) -> None:
    assert journal.write(*some(1))
    journal._ledger.current.file._db.execute("PRAGMA max_page_count = 1")
    waited: list[int] = []
    assert not journal.write(*some(200), while_waiting=lambda: waited.append(1))
    assert journal.health.degraded
    journal.on_connection(True)
    hub.wait_for(202)
    assert any(isinstance(event, JournalDegraded) for event in hub.events)


def test_a_failing_link_does_not_end_the_thread(
    folder: Path, recorder: Recorder, some: Some
) -> None:
    calls: list[int] = []
    reached = threading.Event()

    def offer(stream: str, events: tuple[Raw, ...]) -> None:
        calls.append(len(events))
        if len(calls) == 1:
            raise RuntimeError("unforeseen")
        reached.set()

    journal = Journal(
        Ledger(folder / "journal.db", recorder, Random(1)),
        StateStore.open(folder / "state.db", "mark"),
        offer,
        mono=recorder.clock.mono,
    )
    journal.start()
    journal.on_connection(True)
    journal.append(*some(1))
    journal.append(*some(1))
    assert journal.write(*some(1))
    journal.on_connection(False)
    journal.on_connection(True)
    assert reached.wait(60)
    journal.stop()
