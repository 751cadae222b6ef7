"""The ledger takes events whatever the disk does, and loses none without saying so."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from msgspec import Raw

from controller.domain.time import Utc
from controller.wire.events import Event, JournalDegraded
from controller.wire.journal_bytes import decode_event
from controller.wire.messages import EventAck, Rejected
from devices.agent.journal.ledger import DISK_RETRY_S, Ledger, Recorder

AT = Utc.parse("2026-03-02T12:00:00.000Z")
Some = Callable[[int], list[Event]]


class Broker:
    """Takes what is offered."""

    def __init__(self) -> None:
        self.offered: list[tuple[str, list[bytes]]] = []

    def __call__(self, stream: str, events: tuple[Raw, ...]) -> None:
        self.offered.append((stream, [bytes(event) for event in events]))

    def events(self, stream: str) -> list[Event]:
        """Everything offered of a stream, each event once, in order."""
        found = {data: None for name, batch in self.offered if name == stream for data in batch}
        return [decode_event(data).event for data in found]


@pytest.fixture
def ledger(folder: Path, recorder: Recorder) -> Ledger:
    return Ledger(folder / "journal.db", recorder, Random(1), memory_events=50)


@pytest.fixture
def broker() -> Broker:
    return Broker()


def ack(ledger: Ledger, through: int, **more: object) -> None:
    answer = {"at": AT, "stream": ledger.current.id, "through": through, **more}
    ledger.acknowledge(EventAck(**answer))  # type: ignore[arg-type]


def fill_disk(ledger: Ledger) -> sqlite3.Connection:
    """From now on the file may not grow."""
    db = ledger.current.file._db
    db.execute("PRAGMA max_page_count = 1")
    return db


def test_a_hundred_events_a_batch_and_four_batches(
    ledger: Ledger, broker: Broker, some: Some
) -> None:
    for _ in range(10):
        ledger.append(some(100))
    ledger.send(broker, 0.0)
    assert [len(batch) for _, batch in broker.offered] == [100] * 4
    ack(ledger, 100)
    ledger.send(broker, 0.1)
    assert len(broker.offered) == 5
    assert ledger.backlog == 900


def test_an_acknowledgement_beyond_a_gap_and_a_rejection(
    ledger: Ledger, broker: Broker, some: Some
) -> None:
    ledger.append(some(6))
    ledger.send(broker, 0.0)
    ack(ledger, 2, also=((4, 5),), rejected=(Rejected(seq=5, reason="unknown type"),))
    assert (ledger.backlog, ledger.rejected) == (2, 1)
    ledger.send(broker, 100.0)
    again = [decode_event(data).seq for data in broker.offered[-1][1]]
    assert again == [3, 6]


def test_a_resend_is_byte_for_byte_the_same(ledger: Ledger, broker: Broker, some: Some) -> None:
    ledger.append(some(3))
    ledger.send(broker, 0.0)
    ledger.hurry(1.0)
    ledger.send(broker, 1.0)
    assert broker.offered[0] == broker.offered[1]


def test_an_acknowledgement_of_another_stream_is_ignored(ledger: Ledger, some: Some) -> None:
    ledger.append(some(1))
    other = "01900000-0000-7000-8000-000000000000"
    ledger.acknowledge(EventAck(at=AT, stream=other, through=1))
    assert ledger.backlog == 1


def test_a_large_batch_is_cut_by_bytes(ledger: Ledger, broker: Broker, recorder: Recorder) -> None:
    text = "é" * 500
    ledger.append(
        [recorder.event(JournalDegraded, None, reason="full", text=text) for _ in range(100)]
    )
    ledger.append([*[recorder.event(JournalDegraded, None, reason="full", text=text)] * 90])
    ledger.send(broker, 0.0)
    assert all(sum(map(len, batch)) <= 200 * 1024 for _, batch in broker.offered)
    assert sum(len(batch) for _, batch in broker.offered) == 190


def test_a_full_disk_is_told_and_events_go_on_in_a_stream_of_their_own(
    ledger: Ledger, broker: Broker, some: Some
) -> None:
    on_disk = ledger.current.id
    ledger.append(some(2))
    fill_disk(ledger)
    lost_nothing = some(30)
    for event in lost_nothing:
        ledger.append([event] * 1)
    assert ledger.degraded
    in_memory = ledger.current.id
    assert in_memory != on_disk
    ledger.send(broker, 0.0)
    first, *rest = broker.events(in_memory)
    assert isinstance(first, JournalDegraded)
    assert first.reason == "full"
    offered = [event.event_id for event in broker.events(on_disk) + rest]
    assert offered[2:] == [event.event_id for event in lost_nothing]


def test_memory_is_bounded_and_what_it_cannot_take_is_counted(ledger: Ledger, some: Some) -> None:
    fill_disk(ledger)
    ledger.append(some(300))
    assert ledger.lost == 300 - 49
    assert ledger.backlog == 50


def test_the_disk_is_tried_again_and_takes_what_was_never_offered(
    ledger: Ledger, broker: Broker, some: Some, recorder: Recorder
) -> None:
    on_disk = ledger.current.id
    db = fill_disk(ledger)
    kept = some(20)
    ledger.append(kept)
    ledger.append(some(50))
    now = recorder.clock.mono()
    ledger.recover(now)
    assert ledger.degraded
    ledger.recover(now + DISK_RETRY_S)
    assert ledger.degraded
    db.execute("PRAGMA max_page_count = 100000")
    assert ledger.next_due() == now + 2 * DISK_RETRY_S
    ledger.recover(now + 2 * DISK_RETRY_S)
    assert (ledger.degraded, ledger.current.id) == (False, on_disk)
    ledger.send(broker, now)
    told = broker.events(on_disk)
    back = next(event for event in told if isinstance(event, JournalDegraded))
    assert (back.reason, back.lost, ledger.lost) == ("recovered", 21, 0)
    ids = [event.event_id for event in told]
    assert {event.event_id for event in kept} <= set(ids)


def test_what_was_offered_from_memory_is_not_offered_from_disk_as_well(
    ledger: Ledger, broker: Broker, some: Some, recorder: Recorder
) -> None:
    db = fill_disk(ledger)
    ledger.append(some(20))
    in_memory = ledger.current.id
    ledger.send(broker, 0.0)
    db.execute("PRAGMA max_page_count = 100000")
    ledger.recover(recorder.clock.mono() + DISK_RETRY_S)
    assert ledger.backlog == 22
    ledger.acknowledge(EventAck(at=AT, stream=in_memory, through=21))
    ledger.send(broker, 0.0)
    assert ledger.backlog == 1
    assert [stream.id for stream in ledger._streams()] == [ledger.current.id]


def test_a_disk_that_cannot_be_opened_at_the_start(
    folder: Path, recorder: Recorder, some: Some
) -> None:
    (folder / "nothing-here").mkdir()
    path = folder / "nothing-here" / "deeper" / "journal.db"
    ledger = Ledger(path, recorder, Random(1))
    ledger.append(some(2))
    assert (ledger.degraded, ledger.backlog) == (True, 3)
    path.parent.mkdir()
    ledger.recover(recorder.clock.mono() + DISK_RETRY_S)
    assert (ledger.degraded, ledger.backlog) == (False, 4)


def test_a_damaged_journal_is_set_aside_and_its_whole_events_go_on(
    folder: Path, recorder: Recorder, some: Some, broker: Broker
) -> None:
    path = folder / "journal.db"
    first = Ledger(path, recorder, Random(1))
    events = some(5)
    first.append(events)
    old = first.current.id
    first.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE event SET bytes = x'00' WHERE seq = 3")
    db.close()
    again = Ledger(path, recorder, Random(1))
    assert again.current.id != old
    again.send(broker, 0.0)
    told, *rest = broker.events(again.current.id)
    assert isinstance(told, JournalDegraded)
    assert told.reason == "corrupt"
    expected = [event.event_id for number, event in enumerate(events, 1) if number != 3]
    assert [event.event_id for event in rest] == expected
    assert len(list(folder.glob("journal.db.corrupt-*"))) >= 1


@pytest.mark.parametrize(
    ("more", "through", "reason"), [({"fork": True}, 2, "fork"), ({}, 900, "rolled_back")]
)
def test_a_fork_opens_a_new_stream_and_offers_what_is_not_acknowledged(
    ledger: Ledger, broker: Broker, some: Some, more: dict[str, bool], through: int, reason: str
) -> None:
    events = some(4)
    ledger.append(events)
    old = ledger.current.id
    ack(ledger, through, **more)
    assert ledger.current.id != old
    assert ledger.previous_stream == old
    ledger.send(broker, 0.0)
    told, *rest = broker.events(ledger.current.id)
    assert isinstance(told, JournalDegraded)
    assert told.reason == reason
    assert [event.event_id for event in rest] == [event.event_id for event in events]


def test_damage_that_shows_while_writing_starts_a_new_file(
    ledger: Ledger, folder: Path, some: Some
) -> None:
    ledger.append(some(200))
    old = ledger.current.id
    ledger.current.file._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "journal.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 200_000)
    ledger.current.file._db.execute("PRAGMA shrink_memory")
    ledger.append(some(300))
    assert ledger.current.id != old
    assert ledger.backlog >= 300
    assert list(folder.glob("journal.db.corrupt-*"))
