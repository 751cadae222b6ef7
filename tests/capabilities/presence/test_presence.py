"""Presence: moved by doors and desk, counted in the policy, signed out in time, evacuated."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.access import explain
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.presence import evacuations, occupancy, presence
from controller.capabilities.presence.models import EvacuationKind, PresenceRow
from controller.capabilities.presence.shapes import (
    EndEvacuation,
    NewEvacuation,
    NewPresence,
    NewRollEntry,
    Occupied,
    RollEntry,
)
from controller.domain.access.decision import DenyReason
from controller.domain.facts import PointKind, Zone
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.wire.values import row_value
from tests.capabilities.conftest import BOSS, Place
from tests.policy.policy import rows, sound

ROOM = "workshop"


def count(place: Place) -> int | None:
    """How many are in the workshop, as agents are told."""
    zone = row_value(rows(place)["zone", ROOM])
    assert isinstance(zone, Zone)
    assert sound(place)
    return zone.present


def enter(db: Session, place: Place, member: str, zone: str | None = ROOM, **ago: float) -> None:
    """As a door tells it, so long ago."""
    ref = db.get_one(MemberRow, member).ref
    at = Utc.of(place.now - timedelta(**ago))
    presence.move(db, place.site, zone, ref, at=at, now=place.now)


def inside(db: Session) -> list[str]:
    return [person.name for person in presence.page(db, actor=BOSS).items]


def test_doors_count_people_and_the_newest_move_wins(place: Place) -> None:
    with place.database.write() as db:
        ada, eve = place.member(db, "Ada").id, place.member(db, "Eve").id
        enter(db, place, ada)
        enter(db, place, eve, minutes=5)
    assert count(place) == 2
    with place.database.write() as db:
        enter(db, place, ada, None, minutes=1)  # told late: she has come back since
        enter(db, place, eve, None, minutes=4)
        enter(db, place, eve, minutes=6)
        assert inside(db) == ["Ada"]
    assert count(place) == 1


def test_a_full_zone_and_being_alone_are_denied(place: Place) -> None:
    with place.database.write() as db:
        people = [place.member(db, name).id for name in ("Ada", "Eve", "Zoé")]
        for person in people:
            place.badge(db, person)
            place.certify(db, person, "laser")
        company = {"requirement": {"company": 2}}
        access_points.change(db, "laser-1", company, version=None, actor=BOSS, now=place.now)
        zones.change(db, ROOM, {"capacity": 2}, version=None, actor=BOSS, now=place.now)

        def reason(number: int, point: str) -> DenyReason | None:
            found = explain.explain_access(db, people[number], point, actor=BOSS, now=place.now)
            return found.reason

        enter(db, place, people[0])
        assert reason(0, "laser-1") is DenyReason.COMPANY_REQUIRED
        assert reason(1, "door-1") is None
        enter(db, place, people[1])
        assert reason(0, "laser-1") is None
        assert reason(2, "door-1") is DenyReason.ZONE_FULL


def test_entry_alone_signs_out_at_the_end_of_ones_own_hours(place: Place) -> None:
    with place.database.write() as db:
        mine, other = place.member(db, "Ada", plan="bureau"), place.member(db, "Eve")
        for session_id in (mine, other):
            place.badge(db, session_id.id)
            enter(db, place, session_id.id)
        until = {person.name: person.until for person in presence.page(db, actor=BOSS).items}
        assert until == {
            "Ada": Utc.parse("2026-11-24T19:00:00.000Z"),  # 20:00 in Paris
            "Eve": Utc.of(place.now + timedelta(hours=24)),
        }
    place.clock.now = Utc.parse("2026-11-24T19:00:00.000Z")
    with place.database.write() as db:
        presence.sign_out_due(db, place.now)
        assert inside(db) == ["Eve"]
        enter(db, place, mine.id, hours=3)  # two days offline: an entry of before
        assert inside(db) == ["Eve"]
    assert count(place) == 1
    place.clock.forward(days=4)
    with place.database.write() as db:
        presence.sign_out_due(db, place.now)
        presence.sign_out_due(db, place.clock.forward(days=3))
        assert db.query(PresenceRow).count() == 0


def test_who_comes_by_the_desk_is_signed_out_at_the_end_of_their_own_hours(place: Place) -> None:
    with place.database.write() as db:
        zones.create(db, NewZone(id="desks", name=Label(fr="Bureaux")), actor=BOSS, now=place.now)
        without_badge = place.member(db, "Ada", plan="bureau").id
        new = NewPresence(zone_id="desks", member_id=without_badge)  # a room without any reader
        made = presence.check_in(db, new, actor=BOSS, now=place.now)
        assert made.until == Utc.parse("2026-11-24T19:00:00.000Z")
        presence.sign_out_due(db, place.clock.forward(hours=8))
        assert inside(db) == ["Ada"]
        presence.sign_out_due(db, place.clock.forward(hours=1))
        assert inside(db) == []
        enter(db, place, without_badge, "desks", minutes=30)  # told late, but after they came
        assert inside(db) == []
        place.clock.forward(hours=14)  # the next morning
        enter(db, place, without_badge, "desks", hours=1)
        assert inside(db) == ["Ada"]


def test_where_readers_see_people_leave_their_hours_do_not_sign_them_out(place: Place) -> None:
    with place.database.write() as db:
        exit = NewAccessPoint(
            id="exit", kind=PointKind.DOOR, name=Label(fr="Sortie"), from_zone_id=ROOM
        )
        access_points.create(db, exit, actor=BOSS, now=place.now)
        mine = place.member(db, plan="bureau").id
        place.badge(db, mine)
        enter(db, place, mine)
        (found,) = presence.page(db, actor=BOSS).items
        assert found.until == Utc.of(place.now + timedelta(hours=24))


def test_the_desk_checks_in_members_visitors_and_groups(place: Place) -> None:
    with place.database.write() as db:
        ada = place.member(db, "Ada").id
        desk = place.account(db, "desk", Role.DESK)
        earlier = Utc.of(place.now - timedelta(hours=1))
        new = NewPresence(zone_id=ROOM, member_id=ada, at=earlier)
        made = presence.check_in(db, new, actor=desk, now=place.now)
        assert (made.name, made.since) == ("Ada", earlier)
        group = NewPresence(zone_id=ROOM, name="École Jean-Moulin", heads=8)
        school = presence.check_in(db, group, actor=desk, now=place.now)
    assert count(place) == 9
    with place.database.write() as db:
        for person in (made, school):
            presence.check_out(db, person.id, actor=desk, now=place.now)
        with pytest.raises(NotFound):
            presence.check_out(db, school.id, actor=desk, now=place.now)
        assert [row.label for row in db.query(PresenceRow)] == [None]
    assert count(place) == 0


def test_presence_is_for_those_who_may_read_members(place: Place) -> None:
    with place.database.write() as db:
        ada = place.member(db, "Ada").id
        me = place.account(db, "me", Role.MEMBER, member_id=ada)
        with pytest.raises(Forbidden):
            presence.page(db, actor=me)
        with pytest.raises(Invalid):
            presence.check_in(db, NewPresence(zone_id=ROOM, member_id=ada), actor=me, now=place.now)
        later = Utc.of(place.now + timedelta(hours=1))
        new = NewPresence(zone_id=ROOM, name="X", at=later)
        with pytest.raises(Invalid, match="in the future"):
            presence.check_in(db, new, actor=BOSS, now=place.now)


def test_history_keeps_counts_by_quarter_and_no_names(place: Place) -> None:
    start = place.now
    with place.database.write() as db:
        for name in ("Ada", "Eve"):
            enter(db, place, place.member(db, name).id)
        place.clock.forward(minutes=20)
        occupancy.count_all_zones(db, place.now)
        end = Utc.of(start + timedelta(hours=1))
        found = occupancy.occupancy_between(db, start, end, actor=BOSS, zone_id=ROOM)
        assert [(quarter.peak, quarter.entries) for quarter in found] == [(2, 2), (2, 0)]

        def of_month(month: str | None) -> list[Occupied]:
            return occupancy.occupancy_of_month(
                db, place.site, month=month, actor=BOSS, now=place.now
            )

        assert of_month(None) == found
        assert of_month("2020-01") == []


def test_who_is_in_now_says_nothing_of_a_quarter_that_is_told_late(place: Place) -> None:
    with place.database.write() as db:
        for name in ("Ada", "Eve"):
            enter(db, place, place.member(db, name).id)
        before = Utc.of(place.now - timedelta(hours=3))
        ref = db.get_one(MemberRow, place.member(db, "Zoé").id).ref
        presence.move(db, place.site, ROOM, ref, at=before, now=place.now)
        late = NewPresence(zone_id=ROOM, name="Visitors", heads=4, at=before)
        presence.check_in(db, late, actor=BOSS, now=place.now)
        end = Utc.of(before + timedelta(minutes=15))
        found = occupancy.occupancy_between(db, before, end, actor=BOSS, zone_id=ROOM)
        assert [(quarter.peak, quarter.entries) for quarter in found] == [(4, 5)]


def evacuate(db: Session, place: Place) -> str:
    ada, eve = place.member(db, "Ada").id, place.member(db, "Eve").id
    members.change(db, eve, {"needs_help": True}, version=None, actor=BOSS, now=place.now)
    for person in (ada, eve):
        enter(db, place, person)
    presence.check_in(
        db, NewPresence(zone_id=ROOM, name="School", heads=8), actor=BOSS, now=place.now
    )
    new = NewEvacuation(kind=EvacuationKind.DRILL, site_id=place.site)
    return evacuations.start(db, new, actor=BOSS, now=place.now).id


def test_an_evacuation_freezes_presence_and_leaves_a_line_without_names(place: Place) -> None:
    with place.database.write() as db:
        key = evacuate(db, place)
        with pytest.raises(Conflict):
            evacuations.start(db, NewEvacuation(), actor=BOSS, now=place.now)
        late = place.member(db, "Late").id
        enter(db, place, late)
        for new in (
            NewPresence(zone_id=ROOM, member_id=late),
            NewPresence(zone_id=ROOM, name="Visitor"),
        ):
            with pytest.raises(Conflict, match="an evacuation is in progress"):
                presence.check_in(db, new, actor=BOSS, now=place.now)
        assert inside(db) == ["Ada", "Eve", "School"]
        roll = evacuations.roll(db, key, actor=BOSS)
        assert [(entry.name, entry.heads, entry.needs_help) for entry in roll] == [
            ("Eve", 1, True),
            ("Ada", 1, False),
            ("School", 8, False),
        ]
        for entry in roll[1:]:
            evacuations.mark_present(db, key, entry.id, is_seen=True, actor=BOSS, now=place.now)
        evacuations.mark_present(db, key, roll[1].id, is_seen=False, actor=BOSS, now=place.now)
        place.clock.forward(minutes=12)
        remarks = EndEvacuation(remarks="4 minutes, siren not heard in the wood shop")
        over = evacuations.end(db, key, remarks, actor=BOSS, now=place.now)
        assert (over.heads, over.seen, over.remarks) == (10, 8, remarks.remarks)
        assert over.duration_s == 720
        assert evacuations.roll(db, key, actor=BOSS) == []
        assert inside(db) == []
        with pytest.raises(Conflict):
            evacuations.end(db, key, remarks, actor=BOSS, now=place.now)
    assert count(place) == 0


def test_whoever_was_in_without_being_noted_is_added_to_the_roll(place: Place) -> None:
    """Presence stays frozen; the number of people in the register counts them."""
    with place.database.write() as db:
        key = evacuate(db, place)

        def add(**fields: Any) -> RollEntry:
            new = NewRollEntry(**{"zone_id": ROOM, **fields})
            return evacuations.add_to_roll(db, key, new, actor=BOSS, now=place.now)

        plumber = add(name="The plumber")
        assert add(name="Parents", heads=3).heads == 3
        for known in ("the PLUMBER", "Ada"):
            with pytest.raises(Conflict, match="on the roll already"):
                add(name=known)
        with pytest.raises(Invalid):
            add(name="Somebody", zone_id="nowhere")
        assert inside(db) == ["Ada", "Eve", "School"]
        assert len(evacuations.roll(db, key, actor=BOSS)) == 5
        assert evacuations.get(db, key, actor=BOSS).heads == 14
        evacuations.mark_present(db, key, plumber.id, is_seen=True, actor=BOSS, now=place.now)
        mistake = add(name="Nobody")
        way: dict[str, Any] = {"actor": BOSS, "now": place.now}
        assert mistake.by_hand
        assert evacuations.remove_from_roll(db, key, mistake.id, **way) == mistake
        for line in evacuations.roll(db, key, actor=BOSS):
            if not line.by_hand:
                with pytest.raises(Conflict, match="were in when"):
                    evacuations.remove_from_roll(db, key, line.id, **way)
        over = evacuations.end(db, key, EndEvacuation(), actor=BOSS, now=place.now)
        assert (over.heads, over.seen) == (14, 1)
        with pytest.raises(Conflict, match="over already"):
            add(name="Late")
    assert count(place) == 0
    with place.database.read() as db:
        is_removal = AuditEntry.action == "roll_line_removed"
        (removal,) = db.scalars(select(AuditEntry).where(is_removal))
    assert (removal.actor, removal.subject) == (BOSS.ref, f"evacuation:{key}")


def test_after_a_false_alarm_everyone_may_be_back(place: Place) -> None:
    with place.database.write() as db:
        key = evacuate(db, place)
        back = EndEvacuation(everyone_back=True)
        evacuations.end(db, key, back, actor=BOSS, now=place.now)
        assert inside(db) == ["Ada", "Eve", "School"]
        evacuations.start_by_fire(db, place.site, "pi", place.now)
        evacuations.start_by_fire(db, place.site, "pi", place.now)
        found = evacuations.page(db, actor=BOSS).items
        assert [evacuation.kind for evacuation in found] == [
            EvacuationKind.DRILL,
            EvacuationKind.FIRE,
        ]
