"""Whether the course or the person pays for use of a machine around a course."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from controller.capabilities.billing import ledger
from controller.capabilities.billing.kinds import Counts
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.training import course_sessions, courses, enrolments
from controller.capabilities.training.booked_to import PROPOSER
from controller.capabilities.training.models import CourseSessionKind, Outcome
from controller.capabilities.training.shapes import (
    Attended,
    NewCourse,
    NewCourseSession,
    NewOutcome,
)
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import ended, follow, set_tariff
from tests.capabilities.conftest import BOSS, NOW, VAULT, Place
from tests.security.desk.course_steps import ada, hours_after, plan, use


@pytest.mark.parametrize("boss_pays", [False, True])
def test_what_goes_on_after_a_course_is_paid_by_whoever_used_it(
    place: Place, boss_pays: bool
) -> None:
    """Free until the course ends, however late it began; a longer course is free for longer."""
    set_tariff(place)
    with place.database.write() as db:
        own = place.member(db, "Ami").id
        pays = NewOrganisation(name=Label(fr="Club"), site_id=place.site)
        payer = organisations.create(db, pays, actor=BOSS, now=place.now).id if boss_pays else None
        key = plan(db, place, BOSS, ada(db, place), hours=1)
        enrolments.enrol(db, key, own, actor=BOSS, now=place.now)
        ref = db.get_one(MemberRow, own).ref
        way: dict[str, Any] = {"course_session_id": key, "organisation_id": payer}
        # it ends at one minute past the hour; these begin at the hour
        used = [ended(db, ref, minutes, ago_days=-1 / 24, **way) for minutes in (1, 39, 600)]
        idle = ended(db, ref, 600, ago_days=-1 / 24, active_s=60.0, **way)
    place.clock.forward(hours=12)

    def owes() -> list[tuple[int, str | None]]:
        follow(place)
        with place.database.read() as db:
            rows = {row.source_id: row for row in db.scalars(ledger.valid_charges())}
            return [(rows[key].amount_cents, rows[key].organisation_id) for key in (*used, idle)]

    assert owes() == [(0, payer), (300, None), (700, None), (0, None)]
    with place.database.write() as db:
        longer = {"ends_at": hours_after(NOW, 12)}
        course_sessions.change(db, key, longer, version=None, actor=BOSS, now=place.now)
    assert owes() == [(0, payer)] * 4


def test_what_nobody_saw_within_a_course_is_not_taken_off_what_follows_it(place: Place) -> None:
    powered = MachineRate(access_point="laser-1", price_cents=100, counts=Counts.POWERED)
    set_tariff(place, powered)
    with place.database.write() as db:
        own = place.member(db, "Ami").id
        key = plan(db, place, BOSS, ada(db, place), hours=10)
        enrolments.enrol(db, key, own, actor=BOSS, now=place.now)
        ref = db.get_one(MemberRow, own).ref
        way: dict[str, Any] = {"course_session_id": key, "cause": "agent_restarted"}
        used = [
            ended(db, ref, 18 * 60, ago_days=-1 / 24, active_s=0.0, gap_s=hours * 3600, **way)
            for hours in (0, 9, 17, 18)
        ]
    place.clock.forward(hours=20)
    follow(place)
    with place.database.read() as db:
        rows = {row.source_id: row for row in db.scalars(ledger.valid_charges())}
    amounts = [rows[key].amount_cents for key in used]
    assert amounts[0] == amounts[1] > 3000, "the gap of nine hours lies within the course"
    assert amounts[2:] == [400, 0], "at least what was seen counts, and nothing else"


def test_what_was_used_before_the_desk_added_somebody_is_not_the_sessions(place: Place) -> None:
    """Boxes report late: it stays theirs, unless who teaches it says that they were there."""
    set_tariff(place)
    began, used = Utc.of(NOW + timedelta(hours=2)), Utc.of(NOW + timedelta(hours=1))
    with place.database.write() as db:
        teacher, friend = ada(db, place), place.member(db, "Friend").id
        waits = place.member(db, "Waits").id
        desk = place.account(db, "desk", Role.DESK)
        teaches = place.account(db, "ada", Role.MEMBER, Role.DESK, member_id=teacher)
        key = plan(db, place, desk, teacher)
        one = course_sessions.change(
            db, key, {"places": 1}, version=None, actor=desk, now=place.now
        )
        for member in (place.member(db, "First").id, waits):
            enrolments.enrol(db, key, member, actor=desk, now=place.now)
        enrolments.note_attendance(
            db, key, Attended(member_id=friend), vault=VAULT, actor=desk, now=began
        )
        more = {"places": (one.places or 0) + 2}
        course_sessions.change(db, key, more, version=None, actor=desk, now=began)
        ref = db.get_one(MemberRow, friend).ref
        reported = ended(db, ref, 38, ago_days=-1 / 24, course_session_id=key)

    def are_the_sessions(*uses: tuple[str, Utc]) -> list[bool]:
        with place.database.read() as db:
            return [
                bool(PROPOSER.propose(db, [replace(use(place, who, "laser-1"), at=at)]))
                for who, at in uses
            ]

    def owes() -> int:
        follow(place)
        with place.database.read() as db:
            rows = {row.source_id: row for row in db.scalars(ledger.valid_charges())}
            return rows[reported].amount_cents

    tried = [(friend, used), (waits, used), (friend, began), (waits, began)]
    assert are_the_sessions(*tried) == [False, False, True, True]
    place.clock.forward(hours=3)
    assert owes() == 300
    with place.database.write() as db:
        there = NewOutcome(outcome=Outcome.PASSED)
        enrolments.set_outcome(db, key, friend, there, actor=teaches, now=place.now)
    assert owes() == 0
    assert are_the_sessions(*tried) == [True, False, True, True]


COURSES = {
    None: {"laser-1"},
    "beginners": {"laser-1"},
    "tour": {"laser-1"},
    "without trainer": set(),
}


@pytest.mark.parametrize("course_id", COURSES)
def test_only_machines_of_a_course_that_somebody_teaches_are_the_courses(
    place: Place, course_id: str | None
) -> None:
    """Somebody who takes part in a laser course prints at their own expense meanwhile.

    So at an event, or in a course that grants nothing, by who teaches the laser.
    """
    printer = NewAccessPoint(
        id="printer-1", kind=PointKind.MACHINE, name=Label(fr="Imprimante"), agent_id="pi"
    )
    start, end = (Utc.of(place.now + timedelta(minutes=minute)) for minute in (1, 60))
    is_course = course_id in ("beginners", "tour")
    with place.database.write() as db:
        access_points.create(db, printer, actor=BOSS, now=place.now)
        beginners = NewCourse(id="beginners", name=Label(fr="Débuter"), grants=("laser",))
        for course in (beginners, NewCourse(id="tour", name=Label(fr="Visite"))):
            courses.create(db, course, actor=BOSS, now=place.now)
        member, teacher = place.member(db).id, ada(db, place)
        planned = NewCourseSession(
            starts_at=start,
            ends_at=end,
            course_id=course_id if is_course else None,
            kind=CourseSessionKind.COURSE if is_course else CourseSessionKind.EVENT,
            trainer_id=None if course_id == "without trainer" else teacher,
            site_id=place.site,
        )
        key = course_sessions.create(db, planned, actor=BOSS, now=place.now).id
        enrolments.enrol(db, key, member, actor=BOSS, now=place.now)
        found = PROPOSER.propose(db, [use(place, member, point) for point in POINTS])
    assert set(found) == COURSES[course_id]


POINTS = ("laser-1", "printer-1")


def test_who_stays_away_after_all_pays_for_what_they_used_meanwhile(place: Place) -> None:
    """And not the organisation of the course; until it is corrected."""
    set_tariff(place)
    with place.database.write() as db:
        teacher, own = ada(db, place), place.member(db).id
        ref = db.get_one(MemberRow, own).ref
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        club = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
        pays = organisations.create(db, club, actor=BOSS, now=place.now).id
        key = plan(db, place, karim, teacher)
        enrolments.enrol(db, key, own, actor=karim, now=place.now)
        courses = {"course_session_id": key, "organisation_id": pays}
        used = ended(db, ref, 38, ago_days=-1 / 24, **courses)
        chosen = ended(db, ref, 38, ago_days=-1 / 24, **courses, booked_by="account:boss")
    place.clock.forward(hours=2)

    def owes() -> list[tuple[int, str | None]]:
        follow(place)
        with place.database.read() as db:
            rows = {row.source_id: row for row in db.scalars(ledger.valid_charges())}
            return [(rows[key].amount_cents, rows[key].organisation_id) for key in (used, chosen)]

    assert owes() == [(0, pays), (0, pays)]
    with place.database.write() as db:
        enrolments.withdraw(db, key, own, actor=karim, now=place.now)
    assert owes() == [(300, None), (300, pays)], "nor is what somebody chose since"
    with place.database.write() as db:
        enrolments.enrol(db, key, own, actor=BOSS, now=place.now)
    assert owes() == [(0, pays), (0, pays)]
    for outcome, costs in ((Outcome.ABSENT, 300), (Outcome.PASSED, 0)):
        new = NewOutcome(outcome=outcome)
        with place.database.write() as db:
            enrolments.set_outcome(db, key, own, new, actor=BOSS, now=place.now)
        assert [cents for cents, _ in owes()] == [costs, costs]
