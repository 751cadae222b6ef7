"""Policy: a change goes out at once as delta and head; pages are given when asked for."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.domain.facts import AccessPoint
from controller.domain.time import Utc
from controller.hub.lease import TERM_S, Leases
from controller.kernel.database import Database
from controller.wire.codec import decode
from controller.wire.digest import PolicyDigest
from controller.wire.ids import uuid7
from controller.wire.messages import PolicyDelta, PolicyHead, PolicyPage, SyncRequest
from controller.wire.rows import Row
from controller.wire.topics import Topics, hub_subscriptions
from controller.wire.values import row_value
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.memory_link import MemoryLink, Published
from tests.hub.policy import state_of, take_out_of_service, version
from tests.hub.running import Installation, installation
from tests.hub.world import SITE, add_site, machine

TOPICS = Topics(SITE)


class Clock:
    """Stands still until it is told that time passes."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds

    def monotonic(self) -> float:
        return self.now_s

    def utc(self) -> Utc:
        return Utc.of(START + timedelta(seconds=self.now_s))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as made:
        yield made


def head_at(number: int) -> Callable[[Published], bool]:
    def wanted(message: Published) -> bool:
        at_topic = message.topic == TOPICS.policy_head()
        return at_topic and decode(message.payload, PolicyHead).value.version == number

    return wanted


def sync(link: MemoryLink, agent: FakeAgent, since: int = 0, epoch: int = 0) -> list[PolicyPage]:
    """Ask for all pages, as an agent does."""
    pages: list[PolicyPage] = []
    after = None
    while not pages or after is not None:
        request = SyncRequest(request_id=uuid7(), epoch=epoch, since=since, after=after)
        link.deliver(agent.say(TOPICS.agent_sync(agent.name), request))
        found = link.wait_for(answers(agent, request))
        pages.append(decode(found.payload, PolicyPage).value)
        after = pages[-1].next
    return pages


def answers(agent: FakeAgent, request: SyncRequest) -> Callable[[Published], bool]:
    def wanted(message: Published) -> bool:
        if message.topic != TOPICS.agent_policy(agent.name):
            return False
        return decode(message.payload, PolicyPage).value.request_id == request.request_id

    return wanted


def digest_of(rows: list[Row]) -> str:
    digest = PolicyDigest()
    for row in rows:
        digest.add(row.table, row.key, row.version)
    return digest.text


def test_a_change_goes_out_as_delta_then_retained_head(place: Installation) -> None:
    with place.hub() as running:
        running.link.wait_for(head_at(version(place.database)))
        before = version(place.database)
        after = take_out_of_service(place.database, "machine-0")
        head = running.link.wait_for(head_at(after))
        delta = running.link.wait_for(lambda message: message.topic == TOPICS.policy_delta())
    assert head.retain
    assert head.sign
    read = decode(delta.payload, PolicyDelta).value
    assert (read.from_version, read.to_version) == (before, after)
    point = row_value(read.rows[0])
    assert isinstance(point, AccessPoint)
    assert (point.id, point.in_service) == ("machine-0", False)
    assert running.link.published.index(delta) < running.link.published.index(head)


def test_a_hub_that_starts_goes_on_from_what_the_agents_hold(place: Installation) -> None:
    """A change came while no hub was there: it is a delta for them, and nobody has to ask."""
    before = version(place.database)
    with place.database.write() as db:
        db.add(state_of(place.agent.name, policy_version=before))
    take_out_of_service(place.database, "machine-0")
    with place.hub() as running:
        delta = running.link.wait_for(lambda message: message.topic == TOPICS.policy_delta())
    read = decode(delta.payload, PolicyDelta).value
    assert (read.from_version, read.to_version) == (before, version(place.database))
    assert "machine-0" in {row.key for row in read.rows}


def test_a_hub_that_starts_tells_those_that_are_further_behind_too(tmp_path: Path) -> None:
    """Else each of them would wait for up to six seconds, and ask."""
    with installation(tmp_path, agents=3) as place:
        gone, behind, newest = (agent.name for agent in place.agents)
        first = version(place.database)
        second = take_out_of_service(place.database, "machine-0")
        third = take_out_of_service(place.database, "machine-1")
        with place.database.write() as db:
            db.add(state_of(gone, policy_version=first, online=False))
            db.add(state_of(behind, policy_version=second))
            db.add(state_of(newest, policy_version=third))
        take_out_of_service(place.database, "machine-2")
        with place.hub() as running:
            last = version(place.database)  # the hub's key is a fact, too
            running.link.wait_for(head_at(last))
        sent = [
            message for message in running.link.published if message.topic == TOPICS.policy_delta()
        ]
    read = [decode(field.payload, PolicyDelta).value for field in sent]
    spans = [(delta.from_version, delta.to_version) for delta in read]
    assert spans == [(second, third), (third, last)]
    machines = [{row.key for row in delta.rows if row.table == "point"} for delta in read]
    assert machines == [{"machine-1"}, {"machine-2"}]


def test_a_hub_that_starts_brings_those_far_behind_in_step_by_several_deltas(
    place: Installation,
) -> None:
    """Else all agents of a site ask for the same pages, after each outage."""
    before = version(place.database)
    with place.database.write() as db:
        db.add(state_of(place.agent.name, policy_version=before, online=False))
    for number in range(4):
        with place.database.write() as db:
            some = (machine(f"{number}-{item}", SITE, place.agent.name) for item in range(200))
            db.add_all(some)  # 180 kB: a second version has no room beside it
    with place.hub() as running:
        last = version(place.database)
        running.link.wait_for(head_at(last))
        sent = [
            message for message in running.link.published if message.topic == TOPICS.policy_delta()
        ]
    read = [decode(field.payload, PolicyDelta).value for field in sent]
    assert len(read) >= 4
    assert [delta.from_version for delta in read] == [
        before,
        *(delta.to_version for delta in read[:-1]),
    ]
    assert read[-1].to_version == last
    rows = {row.key for delta in read for row in delta.rows}
    assert {f"{number}-{item}" for number in range(4) for item in range(200)} <= rows


def test_a_change_that_redis_did_not_tell_is_found(place: Installation) -> None:
    silent = Database(place.database.engine, house=HOUSE)
    with place.hub() as running:
        running.link.wait_for(head_at(version(place.database)))
        running.link.wait_for(head_at(take_out_of_service(silent, "machine-0")))


def test_a_snapshot_page_by_page_has_the_heads_digest(place: Installation) -> None:
    with place.database.write() as db:
        for n in range(2_000):
            db.add(machine(f"press-{n}", SITE, None))
    with place.hub() as running:
        pages = sync(running.link, place.agent)
        head = running.link.wait_for(head_at(pages[-1].to_version))
    assert len(pages) > 2
    assert all(len(message.payload) <= 256 * 1024 for message in running.link.published)
    assert all(page.snapshot for page in pages)
    rows = [row for page in pages for row in page.rows]
    assert digest_of(rows) == decode(head.payload, PolicyHead).value.digest
    assert {row.table for row in rows} == {"site", "point"}


def test_only_what_changed_since_is_given(place: Installation) -> None:
    with place.hub() as running:
        running.link.wait_for(head_at(version(place.database)))
        known = version(place.database)
        take_out_of_service(place.database, "saw-0")
        (page,) = sync(running.link, place.agent, since=known, epoch=1)
    assert not page.snapshot
    assert [row.key for row in page.rows] == ["saw-0"]


def test_a_page_that_others_asked_for_too_is_as_new_as_the_site(tmp_path: Path) -> None:
    """Read once while nothing changes; after a change nobody gets what was read before."""
    with installation(tmp_path, 3) as place, place.hub() as running:
        first, second, third = place.agents
        (before,) = sync(running.link, first)
        (same,) = sync(running.link, second)
        assert (same.rows, same.to_version) == (before.rows, before.to_version)
        number = take_out_of_service(place.database, third.points[0])
        (after,) = sync(running.link, third)
        assert after.to_version == number
        assert {row.version for row in after.rows} > {row.version for row in before.rows}
        (since,) = sync(running.link, second, since=before.to_version, epoch=before.epoch)
        assert [row.key for row in since.rows] == [third.points[0]]


def test_a_cursor_that_is_nonsense_is_counted_and_harms_nothing(place: Installation) -> None:
    with place.hub() as running:
        running.link.wait_for(head_at(version(place.database)))
        request = SyncRequest(request_id=uuid7(), epoch=0, since=0, after="nonsense")
        running.link.deliver(place.agent.say(TOPICS.agent_sync(place.agent.name), request))
        sync(running.link, place.agent)
        assert running.hub.counters.snapshot()["dropped_bad_cursor"] == 1


def test_a_reconnection_brings_the_head_again(place: Installation) -> None:
    with place.hub() as running:
        wanted = head_at(version(place.database))
        running.link.wait_for(wanted)
        running.link.published.clear()
        running.link.reconnect()
        running.link.wait_for(wanted)


def test_of_two_hubs_one_sends_and_the_other_takes_over(place: Installation) -> None:
    holder, other = place.hub("hub-a"), place.hub("hub-b")
    with ExitStack() as stack:
        stack.enter_context(holder)
        holder.link.wait_for(head_at(version(place.database)))
        stack.enter_context(other)
        holder.link.wait_for(head_at(take_out_of_service(place.database, "machine-0")))
        assert sorted(holder.link.subscriptions) == sorted(hub_subscriptions(SITE))
        assert other.link.subscriptions == []
        assert not other.link.published
        holder.hub.stop()
        other.link.wait_for(head_at(take_out_of_service(place.database, "saw-0")))
        assert sorted(other.link.subscriptions) == sorted(hub_subscriptions(SITE))


def leases_of(place: Installation, clock: Clock, *names: str) -> list[Leases]:
    """Hubs of these names, by one clock."""
    return [
        Leases(place.database, name, clock=clock.utc, monotonic=clock.monotonic) for name in names
    ]


def test_a_lease_is_held_by_one_and_taken_when_it_ends(place: Installation) -> None:
    clock = Clock()
    first, second = leases_of(place, clock, "a", "b")
    assert first.renew() == {SITE}
    assert second.renew() == frozenset()
    assert second.sites_of_others() == {SITE}
    assert first.next_end_s() == math.inf
    clock.pass_s(TERM_S * 0.95)
    assert not first.holds(SITE)
    assert second.renew() == frozenset()
    left_s = second.next_end_s()
    assert TERM_S * 0.05 < left_s < TERM_S * 0.1, "not only when its own is to be renewed"
    clock.pass_s(left_s)
    assert second.next_end_s() == math.inf, "who fails to take it does not try for ever at once"
    assert second.renew() == {SITE}
    assert first.renew() == frozenset()
    second.release()
    assert first.renew() == {SITE}


def test_sites_are_shared_out_fairly_and_a_dead_hubs_go_to_the_others(place: Installation) -> None:
    for number in range(5):
        add_site(place.database, f"site-{number}")
    clock = Clock()
    hubs = leases_of(place, clock, "a", "b", "c")

    def served() -> list[int]:
        for _ in range(2):
            for hub in hubs:
                hub.renew()
        held = [hub.own_sites() for hub in hubs]
        assert len(frozenset().union(*held)) == 6, "every site is served"
        return [len(item) for item in held]

    assert served() == [2, 2, 2]
    hubs.pop()
    clock.pass_s(TERM_S + 0.5)
    assert served() == [3, 3]


def test_who_does_not_reach_the_broker_leaves_its_sites_to_who_does(place: Installation) -> None:
    clock, reaches = Clock(), [True]
    cut_off = Leases(
        place.database, "a", is_able=lambda: reaches[0], clock=clock.utc, monotonic=clock.monotonic
    )
    (other,) = leases_of(place, clock, "b")
    assert cut_off.renew() == {SITE}
    reaches[0] = False
    cut_off.renew()
    assert cut_off.holds(SITE), "nobody else is there: its jobs go on"
    other.renew()
    cut_off.renew()
    assert not cut_off.holds(SITE)
    assert other.renew() == {SITE}


def test_a_hub_that_is_restarted_has_its_sites_back_at_once(place: Installation) -> None:
    clock = Clock()
    killed, restarted = leases_of(place, clock, "a", "a")
    assert killed.renew() == restarted.renew() == {SITE}
