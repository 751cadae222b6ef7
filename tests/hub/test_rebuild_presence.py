"""Who is in follows from what doors told, in whatever order, and can be made again from it."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import delete, select

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import schedules
from controller.capabilities.places import zones as zone_service
from controller.capabilities.places.shapes import NewSchedule, NewZone, Weekly
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.presence.rebuild import rebuild_presence
from controller.capabilities.presence.shapes import EndEvacuation, NewEvacuation, NewPresence
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.projections import Difference
from controller.kernel.shapes import Label
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.wire.events import DoorOpened
from tests.hub.conftest import NOW, Place
from tests.hub.fake_agent import START
from tests.hub.world import SITE

ADMIN = Actor.system("test")
NAMES = ("Ada", "Blaise", "Chloé", "Dina", "Eve")


def peopled(place: Place) -> dict[str, tuple[str, str]]:
    """Five members and two zones; their ids and references by name. NOW is 11:00 in Paris."""
    found = {}
    with place.world.database.write() as db:
        for key in ("hall", "attic"):
            new = NewZone(id=key, name=Label(fr=key), site_id=SITE)
            zone_service.create(db, new, actor=ADMIN, now=NOW)
        door = db.get_one(AccessPointRow, "machine-0")
        door.kind, door.zone_id, door.from_zone_id = PointKind.DOOR, "attic", "hall"
        mornings = tuple(Weekly(weekday=day, start="06:00", end="10:30") for day in range(7))
        week = NewSchedule(id="am", name=Label(fr="Matin"), weekly=mornings, site_id=SITE)
        schedules.create(db, week, actor=ADMIN, now=NOW)
        plan = NewPlan(id="am", name=Label(fr="Matin"), schedule_id="am", site_id=SITE)
        plans.create(db, plan, actor=ADMIN, now=NOW)
        for name in NAMES:
            new_member = NewMember(site_id=SITE, display_name=name)
            key = members.create(db, new_member, actor=ADMIN, now=NOW).id
            found[name] = (key, db.get_one(MemberRow, key).ref)
        early = NewSubscription(
            member_id=found["Eve"][0], plan_id="am", valid_from=Utc.of(NOW - timedelta(days=9))
        )
        subscriptions.create(db, early, actor=ADMIN, now=NOW)
    return found


def walk(place: Place, refs: list[str], dice: Random) -> list[bytes]:
    """What doors tell in a day and a half, in its order."""
    times = sorted(dice.uniform(-36 * 3600, 0) for _ in range(40))
    return [
        place.agent.record(
            DoorOpened,
            at=Utc.of(NOW + timedelta(seconds=round(at_s, 3))),
            mono_ms=round((at_s + 40 * 3600) * 1000),
            member=dice.choice(refs),
            zone=dice.choice(["hall", "attic", None]),
            from_zone="hall",
        )
        for at_s in times
    ]


def inside(place: Place) -> dict[str, str]:
    with place.world.database.read() as db:
        return {person.name: person.zone_id for person in presence.page(db, actor=ADMIN).items}


def rebuilt(place: Place) -> list[Difference]:
    with place.world.database.write() as db:
        return rebuild_presence(db, NOW)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_gives_what_a_rebuild_gives(place: Place, seed: int) -> None:
    people, dice = peopled(place), Random(seed)
    told = walk(place, [ref for _, ref in people.values()], dice)
    shuffled = dice.sample(told, len(told))
    for start in range(0, len(shuffled), 7):
        place.send(place.agent.batch(shuffled[start : start + 7]))
    before = inside(place)
    assert before
    assert rebuilt(place) == []
    with place.world.database.write() as db:
        db.execute(delete(PresenceRow), execution_options={INVALIDATED_BY_HAND: True})
    assert inside(place) == {}
    assert {difference.problem for difference in rebuilt(place)} == {"missing"}
    assert inside(place) == before
    assert rebuilt(place) == []


def test_what_was_tampered_with_is_put_right_and_the_desk_keeps_its_word(place: Place) -> None:
    people, database = peopled(place), place.world.database
    told = [("Ada", "hall", -600.0), ("Blaise", "hall", -500.0), ("Chloé", "hall", -400.0)]
    now_s = (NOW - START).total_seconds()
    for name, zone, at_s in told:
        place.agent.record(DoorOpened, at_s=now_s + at_s, member=people[name][1], zone=zone)
    place.send(place.agent.batch())
    with database.write() as db:
        rows = {row.member_ref: row for row in db.scalars(select(PresenceRow))}
        rows[people["Ada"][1]].zone_id = "attic"
        presence.check_out(db, rows[people["Blaise"][1]].id, actor=ADMIN, now=NOW)
        new = NewPresence(zone_id="attic", member_id=people["Dina"][0])
        presence.check_in(db, new, actor=ADMIN, now=NOW)
        presence.check_in(db, NewPresence(zone_id="hall", name="Visitor"), actor=ADMIN, now=NOW)
        presence.move(db, SITE, "attic", "nobody", at=NOW, now=NOW)  # as no event has told
    assert rebuilt(place) == sorted(
        [
            Difference("presence", people["Ada"][1], "zone_id"),
            Difference("presence", "nobody", "should not be there"),
        ],
        key=lambda difference: difference.key,
    )
    assert inside(place) == {"Ada": "hall", "Chloé": "hall", "Dina": "attic", "Visitor": "hall"}


def test_after_an_evacuation_nobody_comes_back_in_by_a_late_event(place: Place) -> None:
    people, database = peopled(place), place.world.database
    now_s = (NOW - START).total_seconds()
    earlier = [
        place.agent.record(DoorOpened, at_s=now_s + at_s, member=people[name][1], zone="hall")
        for name, at_s in (("Ada", -600.0), ("Blaise", -580.0), ("Chloé", -590.0))
    ]
    place.send(place.agent.batch(earlier[:1]))
    with database.write() as db:
        start = Utc.of(NOW - timedelta(seconds=500))
        new = NewEvacuation(site_id=SITE)
        key = evacuations.start(db, new, actor=ADMIN, now=start).id
    place.send(place.agent.batch(earlier[1:2]))
    assert inside(place) == {"Ada": "hall"}
    assert rebuilt(place) == []  # the roll is what it was
    with database.write() as db:
        end = Utc.of(NOW - timedelta(seconds=100))
        evacuations.end(db, key, EndEvacuation(), actor=ADMIN, now=end)
    place.send(place.agent.batch(earlier[2:]))
    assert inside(place) == {}
    assert rebuilt(place) == []
    place.agent.record(DoorOpened, at_s=now_s - 50, member=people["Ada"][1], zone="hall")
    place.send(place.agent.batch(place.agent.journal[-1:]))
    assert inside(place) == {"Ada": "hall"}
    assert rebuilt(place) == []
