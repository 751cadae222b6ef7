"""What events change besides: presence, the roll of an evacuation, days of passes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import passes, plans
from controller.capabilities.plans.shapes import NewPass, NewPlan
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.presence.models import PresenceRow
from controller.domain.facts import CredentialKind, PointKind
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from controller.wire.events import AccessGranted, DoorOpened, Fire, SessionStarted
from controller.wire.ids import uuid7
from tests.hub.conftest import NOW, Place
from tests.hub.effects import ADMIN, People
from tests.hub.fake_agent import START
from tests.hub.world import SITE, add_site, add_supervisor


def test_a_door_that_opens_moves_its_holder_and_a_fire_calls_the_roll(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        for key in ("hall", "attic"):
            new = NewZone(id=key, name=Label(fr=key), site_id=SITE)
            zones.create(db, new, actor=ADMIN, now=START)
        for door, into in (("machine-0", "hall"), ("saw-0", "attic")):
            row = db.get_one(AccessPointRow, door)
            row.kind, row.zone_id, row.from_zone_id = PointKind.DOOR, into, "hall"
    now_s = (NOW - START).total_seconds()
    for at_s, who, zone in (
        (-60, 0, "hall"),
        (-50, 1, "hall"),
        (-10, 1, "attic"),
        (-20, 2, "hall"),
    ):
        door = {"hall": "machine-0", "attic": "saw-0"}[zone]
        fields: dict[str, Any] = {"access_point": door, "member": people.refs[who], "zone": zone}
        place.agent.record(DoorOpened, at_s=now_s + at_s, **fields)
    gone: dict[str, Any] = {"member": people.refs[0], "zone": None, "from_zone": "hall"}
    place.agent.record(DoorOpened, at_s=now_s - 5, **gone)
    place.send(place.agent.batch())
    with database.read() as db:
        found = {person.name: person.zone_id for person in presence.page(db, actor=ADMIN).items}
        assert found == {"Blaise": "attic", "Chloé": "hall"}
    place.agent.record(Fire, at_s=now_s)
    place.send(place.agent.batch())
    place.send(place.agent.batch())
    with database.read() as db:
        (fire,) = evacuations.page(db, actor=ADMIN).items
        assert [entry.name for entry in evacuations.roll(db, fire.id, actor=ADMIN)] == [
            "Blaise",
            "Chloé",
        ]


@pytest.mark.parametrize(
    ("who", "changed"),
    [
        (0, {"zone": "attic"}),
        (0, {"zone": None, "from_zone": "attic"}),
        (0, {"access_point": None}),
        (1, {}),
        (None, {}),
    ],
    ids=["another zone", "out of another zone", "no door", "known elsewhere", "nobody"],
)
def test_a_door_moves_nobody_beyond_its_own_zones(
    place: Place, who: int | None, changed: dict[str, Any]
) -> None:
    people, database = People(place.world.database), place.world.database
    add_site(database, "annexe")
    add_supervisor(database, "hall", ["machine-0"])
    add_supervisor(database, "attic", ["saw-0"], number=2)
    with database.write() as db:
        db.get_one(MemberRow, people.ids[1]).site_id = "annexe"
        presence.move(db, SITE, "attic", people.refs[0], at=START, now=START)
    named = "nobody" if who is None else people.refs[who]
    fields: dict[str, Any] = {"access_point": "machine-0", "member": named, "zone": "hall"}
    place.agent.record(DoorOpened, at_s=60, **(fields | changed))
    place.send(place.agent.batch())
    with database.read() as db:
        found = {row.member_ref: row.moved_at for row in db.scalars(select(PresenceRow))}
    assert found == {people.refs[0]: START}


def test_a_guests_own_badge_spends_no_day_and_another_does(place: Place) -> None:
    """A session says nothing of its badge's kind; it may arrive apart from the tap before it."""
    people = People(place.world.database)
    with place.world.database.write() as db:
        plans.create(
            db, NewPlan(id="day", name=Label(fr="Jour"), site_id=SITE), actor=ADMIN, now=START
        )
        new = NewPass(member_id=people.ids[1], plan_id="day", units=5, valid_from=START)
        key = passes.create(db, new, actor=ADMIN, now=START).id
        former = db.get_one(CredentialRow, people.badges[1]).holder_key
        credentials.return_badge(db, people.badges[1], actor=ADMIN, now=START)
        until = Utc.of(START + timedelta(days=1))
        lent = NewCredential(
            member_id=people.ids[1],
            value="uid:04AA00AA",
            kind=CredentialKind.GUEST,
            valid_until=until,
        )
        vault = Vault(bytes(32), bytes(32))
        badge = credentials.create(db, lent, vault=vault, actor=ADMIN, now=START).id
        guest = db.get_one(CredentialRow, badge).holder_key

    def spent_after(at_s: float, credential: str, kind: CredentialKind | None) -> int:
        who: dict[str, Any] = {"credential": credential, "member": people.refs[1]}
        if kind is not None:
            place.agent.record(AccessGranted, at_s=at_s, credential_kind=kind, **who)
        place.agent.record(SessionStarted, at_s=at_s + 1, session_id=uuid7(), **who)
        place.send(place.agent.batch())
        with place.world.database.read() as db:
            return passes.get(db, key, actor=ADMIN).spent

    assert spent_after(10, guest, CredentialKind.GUEST) == 0
    assert spent_after(20, guest, None) == 0
    assert spent_after(30, former, CredentialKind.GUEST) == 0
    assert spent_after(40, former, CredentialKind.MEMBER) == 1


def test_the_first_grant_of_a_day_spends_a_pass_once(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        plans.create(
            db, NewPlan(id="day", name=Label(fr="Jour"), site_id=SITE), actor=ADMIN, now=START
        )
        new = NewPass(member_id=people.ids[1], plan_id="day", units=5, valid_from=START)
        key = passes.create(db, new, actor=ADMIN, now=START).id
    for at_s, who in ((5, 1), (6, 0), (7, 1)):
        place.agent.record(AccessGranted, at_s=at_s, member=people.refs[who])
    place.send(place.agent.batch())
    place.send(place.agent.batch())
    with database.read() as db:
        assert passes.get(db, key, actor=ADMIN).spent == 1
