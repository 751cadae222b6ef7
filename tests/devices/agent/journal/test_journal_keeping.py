"""What is acknowledged stays for a while, and is offered again to a hub that lost it."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from msgspec import Raw

from controller.domain.time import Utc
from controller.wire.codec import decode, encode
from controller.wire.errors import WireError
from controller.wire.events import Event, JournalDegraded
from controller.wire.journal_bytes import decode_event
from controller.wire.messages import EventAck
from devices.agent.clock import Clock, ClockMode
from devices.agent.journal import retention
from devices.agent.journal.ledger import Ledger, Recorder
from devices.agent.journal.retention import JournalRetention

AT = Utc.parse("2026-03-02T12:00:00.000Z")
DAY_MS = 86_400_000
Some = Callable[[int], list[Event]]


class Hub:
    """Takes what is offered, and answers as if it held certain numbers."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.offered: list[int] = []

    def __call__(self, stream: str, events: tuple[Raw, ...]) -> None:
        self.offered += [decode_event(bytes(event)).seq for event in events]

    def ack(self, through: int, *also: tuple[int, int], resume: bool = False) -> None:
        stream = self.ledger.current.id
        self.ledger.acknowledge(
            EventAck(at=AT, stream=stream, through=through, also=also, resume=resume)
        )

    def gets(self) -> list[int]:
        """What comes until all is acknowledged."""
        found: list[int] = []
        while True:
            self.offered.clear()
            self.ledger.send(self, 0.0)
            if not self.offered:
                return found
            found += self.offered
            self.ledger.acknowledge(
                EventAck(
                    at=AT,
                    stream=self.ledger.current.id,
                    through=0,
                    also=tuple((seq, seq) for seq in sorted(set(self.offered))),
                )
            )


def opened(folder: Path, recorder: Recorder, **keeping: float) -> Ledger:
    return Ledger(folder / "journal.db", recorder, Random(1), retention=JournalRetention(**keeping))  # type: ignore[arg-type]


@pytest.fixture
def ledger(folder: Path, recorder: Recorder) -> Ledger:
    return opened(folder, recorder)


@pytest.fixture
def hub(ledger: Ledger) -> Hub:
    return Hub(ledger)


def kept(ledger: Ledger) -> list[int]:
    """The numbers in the file, acknowledged or not."""
    return [seq for seq, _ in ledger.current.file.within(1, 10**9)]


def told(ledger: Ledger) -> list[JournalDegraded]:
    file = ledger.current.file
    events = [decode_event(data).event for _, data in file.within(1, file.last_seq)]
    return [event for event in events if isinstance(event, JournalDegraded)]


def test_a_restored_hub_gets_everything_beyond_what_it_holds(
    ledger: Ledger, hub: Hub, some: Some, folder: Path, recorder: Recorder
) -> None:
    """Also after a restart of the agent, and however often it is told."""
    ledger.append(some(950))
    assert hub.gets() == list(range(1, 951))
    assert (ledger.backlog, len(kept(ledger))) == (0, 950)
    hub.ack(100, (200, 300), resume=True)
    assert ledger.backlog == 950 - 100 - 101
    assert hub.gets() == [*range(101, 200), *range(301, 951)]
    ledger.close()
    again = opened(folder, recorder)
    hub = Hub(again)
    assert (again.backlog, hub.gets()) == (0, [])
    hub.ack(949, resume=True)
    hub.ack(949, resume=True)
    assert hub.gets() == [950]
    assert told(again) == []


def test_what_is_on_its_way_is_not_offered_twice(ledger: Ledger, hub: Hub, some: Some) -> None:
    ledger.append(some(150))
    hub.gets()
    ledger.append(some(20))
    ledger.send(hub, 0.0)
    hub.offered.clear()
    hub.ack(50, resume=True)
    ledger.send(hub, 0.0)
    assert hub.offered == list(range(51, 151))


def test_an_ordinary_acknowledgement_takes_nothing_back(
    ledger: Ledger, hub: Hub, some: Some
) -> None:
    ledger.append(some(10))
    hub.gets()
    hub.ack(3)
    assert (ledger.backlog, hub.gets()) == (0, [])


def test_what_is_not_kept_any_more_is_told_once(
    folder: Path, recorder: Recorder, some: Some
) -> None:
    ledger = opened(folder, recorder, days=0)
    hub = Hub(ledger)
    ledger.append(some(10))
    hub.gets()
    assert kept(ledger) == []
    ledger.append(some(2))
    hub.ack(2, (5, 6), resume=True)
    hub.ack(2, (5, 6), resume=True)
    (said,) = told(ledger)
    assert (said.reason, said.lost) == ("not_kept", 6)
    assert said.text == f"stream {ledger.current.id}: 3 to 4, 7 to 10"
    assert hub.gets() == [11, 12, 13]
    hub.ack(1, resume=True)
    assert hub.gets() == [14], "more is missing than was told"


def test_it_is_kept_for_eight_days_of_a_trusted_clock(
    folder: Path, recorder: Recorder, some: Some
) -> None:
    ledger = opened(folder, recorder)
    file, now = ledger.current.file, recorder.clock.now().millis()
    for day in range(12):
        ledger.append(some(5))
        Hub(ledger).ack(5 * (day + 1))
        file.mark(now - (12 - day) * DAY_MS)
    ledger.tidy()
    assert kept(ledger) == list(range(26, 61)), "those of days 12 to 8 ago are gone"
    assert file.acknowledged_at(now - 13 * DAY_MS) == 0


def test_without_a_trusted_clock_the_number_alone_is_the_limit(
    folder: Path, recorder: Recorder, some: Some
) -> None:
    recorder.clock = Clock(ClockMode.UNTRUSTED, None)
    ledger = opened(folder, recorder, events=20)
    file = ledger.current.file
    ledger.append(some(50))
    Hub(ledger).ack(45)
    file.mark(1)
    ledger.tidy()
    assert kept(ledger) == list(range(26, 51))


def test_no_more_are_kept_than_are_allowed(folder: Path, recorder: Recorder, some: Some) -> None:
    ledger = opened(folder, recorder, events=100, slack=10)
    hub = Hub(ledger)
    for _ in range(30):
        ledger.append(some(20))
        hub.gets()
    assert 100 <= len(kept(ledger)) <= 110 + 20


def test_a_disk_that_is_nearly_full_keeps_less(
    ledger: Ledger, hub: Hub, some: Some, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.append(some(64))
    hub.gets()
    monkeypatch.setattr(retention, "RESERVE_BYTES", 1 << 62)
    for left in (32, 16, 8):
        ledger.tidy()
        assert len(kept(ledger)) == left
    ledger.append(some(3))
    for _ in range(9):
        ledger.tidy()
    assert len(kept(ledger)) == 3, "what is not acknowledged stays"


def test_a_full_disk_takes_new_events_in_place_of_acknowledged_ones(
    ledger: Ledger, hub: Hub, some: Some
) -> None:
    ledger.append(some(400))
    hub.gets()
    db = ledger.current.file._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(100):
        ledger.append(some(3))
    assert not ledger.degraded
    assert len(kept(ledger)) < 700
    assert hub.gets() == list(range(401, 701))


def test_a_journal_of_the_version_before_goes_on(
    folder: Path, recorder: Recorder, some: Some
) -> None:
    """It deleted what was acknowledged: in it, what is there is what is not."""
    ledger = opened(folder, recorder)
    ledger.append(some(10))
    db = ledger.current.file._db
    db.executescript(
        "DELETE FROM event WHERE seq IN (1, 2, 3, 6); DROP TABLE acknowledged; DROP TABLE mark"
    )
    ledger.close()
    again = opened(folder, recorder)
    assert again.backlog == 6
    assert Hub(again).gets() == [4, 5, 7, 8, 9, 10]


def test_damage_in_what_was_acknowledged_shows_when_it_is_wanted_again(
    ledger: Ledger, hub: Hub, some: Some, folder: Path
) -> None:
    ledger.append(some(10))
    hub.gets()
    old = ledger.current.id
    ledger.current.file._db.execute("UPDATE event SET bytes = x'00' WHERE seq = 4")
    hub.ack(0, resume=True)
    ledger.send(hub, 0.0)
    assert ledger.current.id != old
    (said,) = told(ledger)
    assert said.reason == "corrupt"
    assert len(hub.gets()) == 10


@pytest.mark.parametrize("also", [((3, 2),), ((5, 6), (4, 7)), ((1, 3),)])
def test_ranges_that_are_none_are_refused(also: tuple[tuple[int, int], ...]) -> None:
    stream = "01900000-0000-7000-8000-000000000000"
    good = encode(EventAck(at=AT, stream=stream, through=2, also=((4, 5), (7, 7))))
    assert decode(good, EventAck).value.also == ((4, 5), (7, 7))
    text = ",".join(f"[{first},{last}]" for first, last in also).encode()
    with pytest.raises(WireError):
        decode(good.replace(b"[4,5],[7,7]", text), EventAck)
