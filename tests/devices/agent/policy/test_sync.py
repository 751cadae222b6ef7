"""In step with the hub: heads, deltas, gaps, pages, and what is refused."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from controller.domain.facts import Zone
from controller.domain.time import Utc
from controller.wire.digest import PolicyDigest
from controller.wire.events import Event, JournalDegraded, PolicyApplied, PolicyRejected
from controller.wire.messages import PolicyDelta, PolicyHead, PolicyPage, SyncRequest
from controller.wire.rows import Row
from controller.wire.values import make_row, removed_row
from devices.agent.clock import Clock
from devices.agent.journal.ledger import Recorder
from devices.agent.policy.store import PolicyStore
from devices.agent.policy.sync import RETRY_S, STORE_EVERY_S, PolicyAge, PolicySync
from tests.devices.agent.agent_time import BOOT, NOON, Hands, Time


class Wire:
    """A sync with its store, and what it said."""

    def __init__(self, folder: Path, hands: Hands, clock: Clock) -> None:
        self.hands, self.clock = hands, clock
        self.store = PolicyStore.open(folder / "policy.db")
        self.age = PolicyAge(self.store, clock)
        self.requests: list[SyncRequest] = []
        self.events: list[Event] = []
        self.applied = 0
        self.age_when_applied: tuple[str, float] | None = None
        self.sync = PolicySync(
            self.store,
            self.age,
            Recorder(BOOT, clock),
            Random(1),
            request=self._request,
            report=self.events.append,
            applied=self._applied,
        )

    def _request(self, request: SyncRequest) -> bool:
        self.requests.append(request)
        return True

    def _applied(self, _: object) -> None:
        self.applied += 1
        self.age_when_applied = self.store.age()

    def head(self, **changes: object) -> None:
        mine = self.store.position
        fields = {
            "at": self.clock.now(),
            "epoch": mine.epoch,
            "version": mine.version,
            "holders": mine.holders,
            "digest": mine.digest,
            **changes,
        }
        self.sync.head(PolicyHead(**fields), self.hands.mono_s)  # type: ignore[arg-type]

    def delta(self, since: int, to: int, *rows: Row, epoch: int = 1) -> None:
        delta = PolicyDelta(
            at=self.clock.now(), epoch=epoch, from_version=since, to_version=to, rows=rows
        )
        self.sync.delta(delta, self.hands.mono_s)

    def announce(self, to: int, epoch: int = 1) -> None:
        """The site is further on: a delta that does not follow on says so."""
        self.delta(to - 1, to, epoch=epoch)

    def page(self, to: int, *rows: Row, **changes: object) -> None:
        fields = {
            "at": self.clock.now(),
            "request_id": self.requests[-1].request_id,
            "epoch": 1,
            "to_version": to,
            "snapshot": False,
            "rows": rows,
            **changes,
        }
        self.sync.page(PolicyPage(**fields), self.hands.mono_s)  # type: ignore[arg-type]

    def wait(self) -> None:
        """Until something is due, and do it."""
        due = self.sync.due()
        assert due is not None
        self.hands.pass_(max(0.0, due - self.hands.mono_s))
        self.sync.tick(self.hands.mono_s)

    @property
    def version(self) -> tuple[int, int]:
        return self.store.position.epoch, self.store.position.version

    def zones(self) -> list[str]:
        return [row.key for row in self.store.rows("zone")]

    def refusals(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, PolicyRejected)]


@pytest.fixture
def wire(folder: Path, hands: Hands, clock: Clock) -> Wire:
    return Wire(folder, hands, clock)


@pytest.fixture
def synced(wire: Wire) -> Wire:
    """At epoch 1, version 10, with one zone."""
    wire.announce(10)
    wire.wait()
    wire.page(10, zone("a", 10), snapshot=True)
    wire.requests.clear()
    wire.events.clear()
    return wire


def zone(key: str, version: int) -> Row:
    return make_row(key, version, Zone())


def test_an_agent_that_has_nothing_asks_at_once_for_everything(wire: Wire) -> None:
    wire.announce(7, epoch=3)
    assert wire.sync.due() == wire.hands.mono_s
    wire.wait()
    (request,) = wire.requests
    assert (request.epoch, request.since, request.after) == (0, 0, None)
    wire.page(7, zone("a", 6), zone("b", 7), epoch=3, snapshot=True)
    assert (wire.version, wire.zones()) == ((3, 7), ["a", "b"])
    (applied,) = wire.events
    assert isinstance(applied, PolicyApplied)
    assert (applied.snapshot, applied.rows) == (True, 2)


def test_the_age_is_kept_before_anybody_hears_of_a_new_copy(
    wire: Wire, folder: Path, hands: Hands, clock: Clock
) -> None:
    """An agent that is killed as soon as the hub knows of its copy grants when it starts again."""
    (folder / "other").mkdir()
    other = Wire(folder / "other", hands, clock)
    for copy in (other, wire):
        copy.head(epoch=1, version=10, digest=other.store.position.digest)
        copy.wait()
        copy.page(10, zone("a", 10), snapshot=True)
    assert wire.refusals() == []
    assert wire.age_when_applied == (clock.now().text(), 0.0)


def test_a_delta_that_follows_on_is_applied(synced: Wire) -> None:
    synced.delta(10, 12, zone("b", 11), removed_row("zone", "a", 12))
    assert (synced.version, synced.zones()) == ((1, 12), ["b"])
    synced.delta(10, 12, zone("c", 12))
    assert synced.zones() == ["b"]
    assert synced.requests == []


def test_a_delta_that_begins_before_is_applied(synced: Wire) -> None:
    """A hub that takes over knows what its predecessor had stored of what agents hold."""
    synced.delta(10, 11, zone("b", 11))
    synced.delta(9, 12, zone("a", 10), zone("b", 11), zone("c", 12))
    digest = PolicyDigest()
    for row in (zone("a", 10), zone("b", 11), zone("c", 12)):
        digest.add(row.table, row.key, row.version)
    assert (synced.version, synced.zones()) == ((1, 12), ["a", "b", "c"])
    assert synced.store.position.digest == digest.text
    assert synced.sync.due() is None, "nothing is to be asked for"


def test_nothing_is_asked_again_that_deltas_have_brought(synced: Wire) -> None:
    """A hub that comes back sends them to all; who had asked a dead one needs no answer."""
    synced.announce(20)
    synced.wait()
    synced.delta(10, 15, zone("b", 15))
    assert synced.sync.due() is not None, "more is to come"
    synced.delta(15, 20, zone("c", 20))
    assert synced.sync.due() is None
    synced.page(20, zone("d", 20))
    assert synced.zones() == ["a", "b", "c"]
    assert len(synced.requests) == 1


@pytest.mark.parametrize(
    ("no_subscriber", "after_s", "at_once"),
    [(True, 0.1, True), (False, 0.1, False), (False, RETRY_S / 2, True)],
)
def test_a_page_is_asked_for_again_when_another_hub_is_there(
    synced: Wire, no_subscriber: bool, after_s: float, at_once: bool
) -> None:
    """A dead one answers nothing; one that is slow is not asked twice."""
    synced.announce(20)
    synced.wait()
    if no_subscriber:
        synced.sync.no_subscriber()
    synced.hands.pass_(after_s)
    synced.sync.hub_seen(synced.hands.mono_s)
    assert (synced.sync.due() == synced.hands.mono_s) is at_once
    synced.wait()
    first, again = synced.requests
    assert first == again
    due = synced.sync.due()
    assert due is not None
    assert due >= synced.hands.mono_s + RETRY_S, "an answer is waited for anew"


def test_a_gap_waits_for_the_missing_delta_before_it_asks(synced: Wire) -> None:
    synced.delta(11, 12, zone("c", 12))
    due = synced.sync.due()
    assert due is not None
    assert 1.0 <= due - synced.hands.mono_s <= 6.0
    synced.delta(10, 11, zone("b", 11))
    synced.delta(11, 12, zone("c", 12))
    synced.wait()
    assert (synced.requests, synced.zones()) == ([], ["a", "b", "c"])


def test_a_gap_that_stays_is_fetched(synced: Wire) -> None:
    synced.delta(11, 12, zone("c", 12))
    synced.wait()
    (request,) = synced.requests
    assert (request.epoch, request.since) == (1, 10)
    synced.page(12, zone("b", 11), zone("c", 12))
    assert synced.version == (1, 12)


def test_pages_are_pulled_one_at_a_time_and_retried(synced: Wire) -> None:
    synced.announce(14)
    synced.wait()
    synced.page(14, zone("b", 13), next="b")
    assert synced.version == (1, 10)
    assert [request.after for request in synced.requests] == [None, "b"]
    synced.wait()
    assert synced.requests[-1] == synced.requests[-2]
    synced.page(14, zone("c", 14))
    assert (synced.version, synced.zones()) == ((1, 14), ["a", "b", "c"])
    late = synced.requests[0].request_id
    synced.page(14, zone("d", 14), request_id=late)
    assert synced.zones() == ["a", "b", "c"]


def test_rows_that_changed_between_pages_are_fetched_again(synced: Wire) -> None:
    synced.announce(14)
    synced.wait()
    synced.page(14, zone("b", 13), next="b")
    synced.page(16, zone("c", 16))
    assert synced.version == (1, 14)
    assert (synced.requests[-1].since, synced.requests[-1].after) == (14, None)
    synced.page(16, zone("b", 15))
    assert synced.version == (1, 16)


@pytest.mark.parametrize("pages", [1, 2])
def test_pages_that_span_a_change_are_no_wrong_digest(synced: Wire, pages: int) -> None:
    """Their head's digest cannot hold the newer rows; the next sync brings it in step."""
    zone, late = (make_row(key, n, Zone()) for key, n in (("hall", 11), ("yard", 12)))
    digest = PolicyDigest(synced.store.position.digest)
    digest.add("zone", "hall", 11)
    synced.head(version=11, digest=digest.text)
    synced.wait()
    if pages == 1:
        synced.page(11, zone, late)
    else:
        synced.page(11, zone, next="hall")
        synced.page(12, late)
    assert (synced.refusals(), synced.requests[-1].since) == ([], 11)
    digest.add("zone", "yard", 12)
    synced.head(version=12, digest=digest.text)
    synced.page(12, late)
    assert (synced.version, synced.refusals(), synced.sync.due()) == ((1, 12), [], None)
    assert synced.store.position.digest == digest.text


def test_a_delta_during_a_sync_is_taken_and_tears_nothing(synced: Wire) -> None:
    synced.delta(11, 12, zone("x", 12))
    synced.wait()
    synced.page(12, zone("b", 12), next="b")
    synced.delta(10, 13, zone("n", 13))
    assert synced.version == (1, 13)
    synced.page(13, zone("c", 12))
    assert (synced.version, synced.zones()) == ((1, 13), ["a", "b", "c", "n"])


def test_a_new_connection_asks_for_the_page_again_at_once(synced: Wire) -> None:
    synced.announce(14)
    synced.wait()
    synced.sync.on_connection(False, synced.hands.mono_s)
    synced.sync.on_connection(True, synced.hands.mono_s)
    assert synced.sync.due() == synced.hands.mono_s
    synced.wait()
    assert len(synced.requests) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"version": 9}, "older_version"), ({"epoch": 0, "version": 99}, "older_epoch")],
)
def test_an_older_head_is_refused_and_reported_once(
    synced: Wire, changes: dict[str, object], reason: str
) -> None:
    synced.head(**changes)
    synced.head(**changes)
    assert synced.refusals() == [reason]
    assert synced.sync.due() is None


def test_an_older_delta_or_page_is_refused(synced: Wire) -> None:
    synced.delta(10, 11, zone("b", 11), epoch=0)
    synced.announce(14)
    synced.wait()
    synced.page(9, zone("b", 9))
    synced.announce(15)
    synced.wait()
    synced.page(99, zone("b", 9), epoch=0, snapshot=True)
    assert synced.refusals() == ["older_epoch", "older_version", "older_epoch"]
    assert synced.zones() == ["a"]


def test_a_higher_epoch_is_a_snapshot_even_when_it_does_not_say_so(synced: Wire) -> None:
    synced.announce(3, epoch=2)
    synced.wait()
    synced.page(3, zone("z", 2), epoch=2)
    assert (synced.version, synced.zones()) == ((2, 3), ["z"])


def test_an_epoch_that_changes_between_pages_begins_anew(synced: Wire) -> None:
    synced.announce(14)
    synced.wait()
    synced.page(14, zone("b", 13), next="b")
    synced.page(3, zone("z", 2), epoch=2)
    assert (synced.requests[-1].since, synced.requests[-1].after) == (10, None)
    synced.page(3, zone("z", 2), epoch=2, snapshot=True)
    assert (synced.version, synced.zones()) == ((2, 3), ["z"])


def test_a_copy_that_does_not_match_its_digest_is_fetched_whole(synced: Wire) -> None:
    synced.head(digest="0" * 64)
    synced.head(digest="0" * 64)
    assert synced.refusals() == ["bad_digest"]
    synced.wait()
    assert (synced.requests[-1].epoch, synced.requests[-1].since) == (0, 0)
    synced.page(10, zone("b", 10), snapshot=True)
    assert synced.zones() == ["b"]


def test_a_row_that_is_not_what_was_stored_is_dropped_told_and_fetched_again(synced: Wire) -> None:
    synced.store._db.execute("UPDATE row SET value = X'7B7D20'")
    synced.applied = 0
    synced.sync.repair(synced.hands.mono_s)
    assert (synced.zones(), synced.applied) == ([], 1)
    assert [type(event) for event in synced.events] == [JournalDegraded]
    synced.wait()
    assert (synced.requests[-1].epoch, synced.requests[-1].since) == (0, 0)
    synced.page(10, zone("a", 10), snapshot=True)
    assert synced.zones() == ["a"]
    synced.sync.repair(synced.hands.mono_s)
    assert len(synced.events) == 2


def test_a_disk_that_takes_nothing_is_tried_again_later(synced: Wire) -> None:
    synced.announce(14)
    synced.wait()
    synced.sync.on_disk_failure(synced.hands.mono_s)
    synced.wait()
    assert len(synced.requests) == 2


def test_an_answer_to_this_boot_makes_the_clock_trusted(folder: Path, hands: Hands) -> None:
    hands.synchronised = False
    hands.wall = Utc.parse("1970-01-01T00:01:00.000Z")
    clock = Time(hands).clock()
    wire = Wire(folder, hands, clock)
    wire.head(at=NOON, epoch=1, version=4, digest="f" * 64)
    assert (clock.trusted, clock.decision_time()) == (False, NOON)
    wire.wait()
    wire.page(4, zone("a", 4), at=NOON, snapshot=True)
    assert clock.trusted
    hands.pass_(2)
    assert (clock.now() - NOON).total_seconds() == 2


def test_an_agent_in_step_asks_for_the_time_where_nothing_else_tells_it(
    synced: Wire, folder: Path, hands: Hands
) -> None:
    """As after a restart on a board without NTP: no head and no delta would make it trusted."""
    synced.store.close()
    hands.synchronised = False
    again = Wire(folder, hands, Time(hands).clock())
    again.sync.on_connection(True, hands.mono_s)
    again.head()
    again.wait()
    assert [request.since for request in again.requests] == [again.version[1]]
    before = again.clock.trusted
    again.page(again.version[1])
    assert (before, again.clock.trusted) == (False, True)
    assert again.sync.due() is None
    assert again.events == []


def test_an_agent_whose_clock_is_trusted_asks_nothing(synced: Wire, hands: Hands) -> None:
    synced.sync.on_connection(True, hands.mono_s)
    assert synced.sync.due() is None


def test_the_age_counts_from_the_head_that_vouched(synced: Wire) -> None:
    assert synced.age.age_s() is None
    synced.head()
    synced.hands.pass_(40)
    assert synced.age.age_s() == 40
    synced.head(at=NOON)
    assert synced.age.age_s() == 40
    synced.head()
    assert synced.age.age_s() == 0


def test_a_head_that_came_before_its_rows_vouches_after_them(wire: Wire) -> None:
    from controller.wire.digest import PolicyDigest

    digest = PolicyDigest()
    digest.add("zone", "a", 4)
    wire.head(epoch=1, version=4, digest=digest.text)
    wire.wait()
    wire.page(4, zone("a", 4), snapshot=True)
    assert wire.age.age_s() == 0


def test_the_age_outlasts_a_restart_and_is_stored_hourly(synced: Wire, folder: Path) -> None:
    synced.head()
    first = synced.store.age()
    synced.hands.pass_(100)
    synced.head()
    assert synced.store.age() == first
    synced.hands.pass_(STORE_EVERY_S)
    synced.head()
    assert synced.store.age() != first
    synced.hands.pass_(500)
    assert PolicyAge(synced.store, synced.clock).age_s() == 500


def test_on_an_untrusted_clock_the_age_is_the_stored_one_and_time_since(
    synced: Wire, hands: Hands
) -> None:
    synced.head()
    synced.store.keep_age(synced.clock.now().text(), 1000.0)
    hands.synchronised = False
    clock = Time(hands).clock()
    age = PolicyAge(synced.store, clock)
    hands.pass_(50)
    assert age.age_s() == 1050
    head_at = synced.store.age()
    assert head_at is not None
    age.head_matched(Utc.of(Utc.parse(head_at[0]) + timedelta(seconds=200)))
    assert age.age_s() == pytest.approx(850)


def test_signed_times_that_contradict_each_other_are_asked_about(
    synced: Wire, hands: Hands
) -> None:
    """A hub whose clock was two years ahead is right again: the next head is enough."""
    right = hands.wall
    ahead = Utc.of(right + timedelta(days=730))
    synced.head(at=ahead)
    asked = len(synced.requests)
    assert synced.clock.latest() >= ahead
    hands.pass_(60)
    synced.head(at=hands.wall)
    synced.wait()
    assert len(synced.requests) == asked + 1
    synced.page(10, at=hands.wall)
    assert synced.clock.latest() == hands.wall
    synced.head(at=hands.wall)
    assert synced.sync.due() is None
    hands.pass_(3 * 86_400)
    age = synced.age.age_s()
    assert age is not None
    assert age >= 3 * 86_400
    saved = synced.store.age()
    assert saved is not None
    assert Utc.parse(saved[0]) < ahead
