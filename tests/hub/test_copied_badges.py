"""One badge at two readers, sooner than anyone walks, is noticed; clocks that are wrong are not."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from controller.capabilities.alarms import alarms, copied_badges
from controller.capabilities.alarms.alarms import Resolution
from controller.capabilities.alarms.models import Alarm, BadgeLastSeen
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialAt, CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewZone
from controller.domain.access.decision import DenyReason
from controller.domain.facts import CredentialStatus, PointKind, SuspendedBecause
from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.directory import Directory
from controller.hub.ingest import Ingest
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from controller.kernel.models import AuditEntry
from controller.kernel.projections import StoredEvent
from controller.kernel.shapes import Label
from controller.policy.models import PolicyRow
from controller.store.engine import open_database
from controller.wire.events import AccessDenied, AccessGranted
from controller.wire.journal_bytes import decode_event
from tests.hub.conftest import NOW, Place
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.world import SITE, add_agent, add_site
from tests.support.until import until

SYSTEM = Actor.system("test")
VAULT = Vault(b"k" * 32, b"w" * 32)
NUMBER = "uid:04A1B2C3"
KEY = VAULT.holder_key(NUMBER)  # type: ignore[arg-type]
WALK_S = 90
THERE = "autre"


@pytest.fixture
def shop(two_agents: Place) -> Place:
    """Two agents in two rooms, ninety seconds apart, and Amina's badge."""
    with two_agents.world.database.write() as db:
        for number, zone in enumerate(("forge", "attic")):
            zones.create(
                db, NewZone(id=zone, site_id=SITE, name=Label(fr=zone)), actor=SYSTEM, now=START
            )
            for point in two_agents.world.agents[number].points:
                db.get_one(AccessPointRow, point).zone_id = zone
        walks = [{"zones": ["forge", "attic"], "seconds": WALK_S}]
        settle(db, walking_times=walks)
        person = NewMember(site_id=SITE, display_name="Amina", email="amina@example.org")
        member = members.create(db, person, actor=SYSTEM, now=START)
        new = NewCredential(member_id=member.id, value=NUMBER)
        credentials.create(db, new, vault=VAULT, actor=SYSTEM, now=START)
    return two_agents


def settle(db: object, site: str = SITE, **patch: object) -> None:
    """What the site says of copied badges."""
    sites.change(db, site, patch, version=None, actor=SYSTEM, now=START)  # type: ignore[arg-type]


def tap(agent: FakeAgent, ago_s: float, *, clock_s: float = 0.0, **fields: Any) -> bytes:
    """A tap so long before the hub's time, by a clock that is ahead by so much."""
    usual: dict[str, Any] = {"credential": KEY, "member": "m", "assurance": "uid"}
    at = Utc.of(NOW - timedelta(seconds=ago_s) + timedelta(seconds=clock_s))
    return agent.record(AccessGranted, **usual | {"at": at} | fields)


def send(place: Place, agent: FakeAgent, *events: bytes) -> None:
    place.send(agent.batch(list(events)))


def raised(place: Place) -> list[Alarm]:
    with place.world.database.read() as db:
        found = select(Alarm).where(Alarm.kind == copied_badges.KIND).order_by(Alarm.site_id)
        return list(db.scalars(found))


def badge(place: Place) -> CredentialRow:
    with place.world.database.read() as db:
        return db.scalars(select(CredentialRow)).one()


def both(shop: Place, first_s: float, second_s: float, **fields: Any) -> None:
    """A tap in the forge, then one in the attic, so many seconds ago each, as they come in."""
    forge, attic = shop.world.agents
    send(shop, forge, tap(forge, first_s, **fields))
    send(shop, attic, tap(attic, second_s))


def test_two_rooms_sooner_than_anyone_walks(shop: Place) -> None:
    both(shop, 5, 1)
    (alarm,) = raised(shop)
    assert alarm.access_point_id == "machine-1"
    detail = {"ending": "B2C3", "elsewhere": "machine-0", "suspended": False}
    assert alarm.detail == detail | {"credential": badge(shop).id}
    assert badge(shop).status is CredentialStatus.ACTIVE
    with shop.world.database.read() as db:
        shown = alarms.get(db, alarm.id, actor=SYSTEM)
    assert (shown.by_hand, shown.holder_id) == (True, badge(shop).member_id)


def test_a_refusal_counts_as_well_and_so_do_two_in_one_group(shop: Place) -> None:
    forge, attic = shop.world.agents
    refused = attic.record(
        AccessDenied,
        at=NOW,
        credential=KEY,
        member="m",
        assurance="uid",
        reason=DenyReason.SITE_CLOSED,
    )
    shop.send(forge.batch([tap(forge, 3)]), attic.batch([refused]))
    assert len(raised(shop)) == 1


def test_who_could_have_walked_is_left_alone(shop: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    forge, attic = shop.world.agents
    send(shop, forge, tap(forge, 1))
    later = Utc.of(NOW + timedelta(seconds=WALK_S))
    again = Ingest(
        shop.world.database,
        Admission(Directory(shop.world.database), shop.counters),
        shop.link,
        shop.counters,
        lambda: later,
    )
    event = tap(attic, -WALK_S)
    again.handle([attic.batch([event])])
    assert raised(shop) == []


def test_rooms_of_which_nobody_said_how_far_they_are_are_not_compared(shop: Place) -> None:
    with shop.world.database.write() as db:
        settle(db, walking_times=[])
    both(shop, 5, 1)
    assert raised(shop) == []
    with shop.world.database.read() as db:
        assert db.scalars(select(BadgeLastSeen)).all() == [], "nothing is kept for nothing"


def test_a_door_between_two_rooms_is_in_both(shop: Place) -> None:
    with shop.world.database.write() as db:
        door = db.get_one(AccessPointRow, "machine-1")
        door.kind, door.zone_id, door.from_zone_id = PointKind.DOOR, "attic", "forge"
    both(shop, 5, 1)
    assert raised(shop) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"clock_s": 3.0},  # ahead: it would have happened after it came in
        {"clock_s": -20.0},  # behind
        {"clock_s": 3600.0},
        {"clock_s": -3600.0},
        {"clock_trusted": False},
    ],
)
def test_a_clock_that_is_wrong_or_not_sure_never_counts(
    shop: Place, fields: dict[str, object]
) -> None:
    both(shop, 0, 0, **fields)
    assert raised(shop) == []


def test_late_events_trigger_nothing(shop: Place) -> None:
    forge, attic = shop.world.agents
    shop.send(forge.batch([tap(forge, 60)]), attic.batch([tap(attic, 58)]))
    assert raised(shop) == []


def test_the_whole_time_in_which_it_may_have_been_counts(shop: Place) -> None:
    """Two clocks that are behind by some seconds: the walk may have been longer than they say."""
    with shop.world.database.write() as db:
        settle(db, walking_times=[{"zones": ["forge", "attic"], "seconds": 10}])
    both(shop, 9, 8)
    assert raised(shop) == [], "up to eleven seconds may lie between"


def test_the_place_has_it_suspended_and_the_member_is_notified(shop: Place) -> None:
    with shop.world.database.write() as db:
        settle(db, suspends_copied_badges=True)
    both(shop, 5, 1)
    found = badge(shop)
    assert found.status is CredentialStatus.SUSPENDED
    assert found.suspended_because is SuspendedBecause.COPIED
    assert raised(shop)[0].detail["suspended"] is True
    with shop.world.database.read() as db:
        (letter,) = db.scalars(select(MessageRow).where(MessageRow.what == "badge_copied"))
        assert (letter.address, letter.detail) == ("amina@example.org", {"ending": "B2C3"})
        told = select(PolicyRow.value).where(PolicyRow.table == "holder")
        assert "suspended" in str(db.scalars(told).one()), "agents refuse it from now on"
        entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "credential_suspended"))
        assert entry.one().actor == "system:hub"
    with shop.world.database.write() as db:
        again = credentials.restore(db, found.id, actor=SYSTEM, now=NOW)
    assert again.suspended_because is None


def test_one_alarm_a_badge_until_somebody_has_dealt_with_it(shop: Place) -> None:
    both(shop, 5, 4)
    both(shop, 3, 2)
    (alarm,) = raised(shop)
    with shop.world.database.write() as db:
        alarms.resolve(db, alarm.id, Resolution(), actor=SYSTEM, now=NOW)
    both(shop, 1, 0)
    (again,) = raised(shop)
    assert (again.id, again.resolved_at) == (alarm.id, None)


def test_where_a_badge_was_last_is_forgotten_after_an_hour(shop: Place) -> None:
    forge, _ = shop.world.agents
    send(shop, forge, tap(forge, 1))
    with shop.world.database.write() as db:
        copied_badges.delete_old_sightings(db, Utc.of(NOW + timedelta(minutes=59)))
        (row,) = db.scalars(select(BadgeLastSeen))
        assert (row.site_id, row.access_point_id) == (SITE, "machine-0")
        copied_badges.delete_old_sightings(db, Utc.of(NOW + timedelta(minutes=61)))
        assert db.scalars(select(BadgeLastSeen)).all() == []


class Two:
    """Two sites whose hubs have the database's clock, or not; Amina is known at both."""

    def __init__(self, engine: Engine, *, known: bool = True) -> None:
        self.here = Place.make(engine)
        database = self.here.world.database
        add_site(database, THERE)
        self.agent = FakeAgent(THERE, "pi-there", ["machine-there"])
        add_agent(database, self.agent)
        with database.write() as db:
            person = NewMember(
                site_id=SITE, display_name="Amina", also_at=(THERE,) if known else ()
            )
            member = members.create(db, person, actor=SYSTEM, now=START)
            new = NewCredential(member_id=member.id, value=NUMBER)
            credentials.create(db, new, vault=VAULT, actor=SYSTEM, now=START)

    def tap_both(self, *, hub_s: float = 0.0, there: str = KEY) -> list[Alarm]:
        """Taps of this moment at both sites, by hubs and agents that are ahead by so much.

        `there`: what the other site's agents call the badge.
        """
        for agent in (self.here.agent, self.agent):
            now = Utc.of(wall_clock() + timedelta(seconds=hub_s))
            key = there if agent is self.agent else KEY
            event = agent.record(AccessGranted, at=now, credential=key, member="m", assurance="uid")
            database = self.here.world.database
            admission = Admission(Directory(database), self.here.counters)
            hub = Ingest(database, admission, self.here.link, self.here.counters, lambda: now)  # noqa: B023
            hub.handle([agent.batch([event])])
        return raised(self.here)


def test_two_sites_at_once_are_an_alarm_at_both(engine: Engine) -> None:
    there, here = Two(engine).tap_both()
    assert (there.site_id, here.site_id) == (THERE, SITE)
    assert (there.access_point_id, here.access_point_id) == ("machine-there", "machine-0")
    assert (there.detail["site"], here.detail["site"]) == ({"fr": "La Fabrique"},) * 2


def test_sites_with_keys_of_their_own_are_compared_too(engine: Engine) -> None:
    two, theirs = Two(engine), Vault(b"s" * 32, b"w" * 32).holder_key(NUMBER)  # type: ignore[arg-type]
    with two.here.world.database.write() as db:
        db.add(CredentialAt(site_id=THERE, generation=1, ours=KEY, theirs=theirs, holder_key=KEY))
    assert len(two.tap_both(there=theirs)) == 2


def test_a_badge_that_only_one_site_knows_is_not_compared(engine: Engine) -> None:
    two = Two(engine, known=False)
    assert two.tap_both() == []
    with two.here.world.database.write() as db:
        assert db.scalars(select(BadgeLastSeen)).all() == []


def test_sites_that_say_so_touch(engine: Engine) -> None:
    two = Two(engine)
    with two.here.world.database.write() as db:
        settle(db, walk_from_elsewhere_s=0)
    assert two.tap_both() == []
    with two.here.world.database.write() as db:
        settle(db, THERE, walk_from_elsewhere_s=600)
    assert len(two.tap_both()) == 2, "the other one says that it is far from all"


def test_a_hub_whose_clock_is_not_the_databases_compares_no_sites(a_server_database: str) -> None:
    engine = open_database(a_server_database)
    assert Two(engine).tap_both(hub_s=30) == []
    engine.dispose()


@pytest.mark.parametrize("seen_before", [False, True])
def test_two_hubs_at_the_very_same_moment_do_not_miss_it(
    a_server_database: str, seen_before: bool
) -> None:
    """Each has its tap in a transaction that the other does not see yet."""
    engine = open_database(a_server_database)
    two, now = Two(engine), wall_clock()
    database = two.here.world.database
    if seen_before:
        long_ago = Utc.of(now - timedelta(minutes=30))
        old = tap(two.here.agent, 0, at=long_ago)
        batch = two.here.agent.batch([old])
        admission = Admission(Directory(database), two.here.counters)
        hub = Ingest(database, admission, two.here.link, two.here.counters, lambda: long_ago)
        hub.handle([batch])

    def stored(agent: FakeAgent, seq: int) -> StoredEvent:
        event = decode_event(
            agent.record(AccessGranted, at=now, credential=KEY, member="m", assurance="uid")
        ).event
        where = {"site": agent.site, "agent": agent.name, "stream": agent.stream}
        return StoredEvent(
            **where,
            seq=seq,
            event=event,
            at=now,
            best_time=now,
            estimate=now,
            received_at=now,
            arrived_late=False,
        )

    def other_hub() -> None:
        with database.write() as db:
            copied_badges.compare_taps(db, [stored(two.agent, 1)], now)

    def is_waiting() -> bool:
        waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        with engine.connect() as connection:
            return bool(connection.scalar(waits))

    other = threading.Thread(target=other_hub)
    with database.write() as db:
        copied_badges.compare_taps(db, [stored(two.here.agent, 1)], now)
        other.start()
        until(is_waiting, "the other hub does not wait for this one's tap")
    other.join()
    assert len(raised(two.here)) == 2
    engine.dispose()
