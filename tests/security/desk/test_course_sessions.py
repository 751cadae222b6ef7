"""Machines cost nothing during a course: the desk makes no such time for itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.changes import BadgeNeedsManager
from controller.capabilities.billing import ledger
from controller.capabilities.billing.kinds import Counts
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.training import (
    certifications,
    certify_passed,
    course_sessions,
    courses,
    enrolments,
    member_certifications,
    outcomes,
)
from controller.capabilities.training.booked_to import PROPOSER
from controller.capabilities.training.course_sessions import EnrolmentRefused, NotBegun
from controller.capabilities.training.models import (
    CourseSessionKind,
    EnrolmentStatus,
    Outcome,
    Scope,
)
from controller.capabilities.training.shapes import (
    Attended,
    NewCertification,
    NewCourse,
    NewCourseSession,
    NewOutcome,
)
from controller.domain.facts import Level, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.capability import SessionBegan
from controller.kernel.errors import Forbidden
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.billing.month import ended, follow, set_tariff
from tests.capabilities.conftest import BOSS, NOW, VAULT, Place
from tests.security.desk.conftest import letters


def plan(
    db: Session, place: Place, actor: Actor, trainer: str | None = None, *, hours: int = 3
) -> str:
    """An event that begins in a minute."""
    start = Utc.of(place.now + timedelta(minutes=1))
    end = Utc.of(start + timedelta(hours=hours))
    new = NewCourseSession(starts_at=start, ends_at=end, trainer_id=trainer, site_id=place.site)
    return course_sessions.create(db, new, actor=actor, now=place.now).id


def hours_after(start: Utc, hours: int, *, minutes: int = 0) -> str:
    return Utc.of(start + timedelta(hours=hours, minutes=minutes)).text()


def ada(db: Session, place: Place) -> str:
    """Somebody who teaches here, and reads letters."""
    key = place.member(db, "Ada").id
    place.certify(db, key, "laser", Level.TRAINER)
    patch = {"email": "ada@example.org"}
    members.change(db, key, patch, version=None, actor=BOSS, now=place.now)
    return key


def test_who_works_at_the_desk_has_a_part_only_in_what_somebody_teaches(place: Place) -> None:
    with place.database.write() as db:
        own, teacher = place.member(db, "Karim").id, ada(db, place)
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            plan(db, place, karim, own)
        nobodys, hers = plan(db, place, karim), plan(db, place, karim, teacher)
        patch = {"trainer_id": own}
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            course_sessions.change(db, hers, patch, version=None, actor=karim, now=place.now)
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            enrolments.enrol(db, nobodys, own, actor=karim, now=place.now)
        there = Attended(member_id=own)
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            enrolments.note_attendance(db, nobodys, there, vault=VAULT, actor=karim, now=place.now)
        made = enrolments.enrol(db, hers, own, actor=karim, now=place.now)
        assert made.status is EnrolmentStatus.ENROLLED
        with pytest.raises(Forbidden, match="record your attendance"), db.begin_nested():
            enrolments.note_attendance(db, hers, there, vault=VAULT, actor=karim, now=place.now)
        enrolments.withdraw(db, hers, own, actor=karim, now=place.now)
        late = Utc.of(place.now + timedelta(hours=1))
        with pytest.raises(EnrolmentRefused, match="begun"), db.begin_nested():
            enrolments.enrol(db, hers, own, actor=karim, now=late)
        place.certify(db, own, "laser", Level.TRAINER)
        plan(db, place, karim, own)


def test_who_takes_part_leaves_it_to_somebody_who_teaches(place: Place) -> None:
    """The trainer stays, and its time; once it has begun it is not cancelled by them either."""
    with place.database.write() as db:
        own, teacher = place.member(db, "Karim").id, ada(db, place)
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        key = plan(db, place, karim, teacher)
        enrolments.enrol(db, key, own, actor=karim, now=place.now)
        tomorrow = Utc.of(place.now + timedelta(days=1))
        moved = {"starts_at": tomorrow.text(), "ends_at": hours_after(tomorrow, 3)}
        longer = {"ends_at": hours_after(place.now, 5)}
        for patch in ({"trainer_id": None}, moved, longer):
            with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
                course_sessions.change(db, key, patch, version=None, actor=karim, now=place.now)
        named = {"theme": "Gravure"}
        course_sessions.change(db, key, named, version=None, actor=karim, now=place.now)
        begun = Utc.of(place.now + timedelta(minutes=5))
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            course_sessions.cancel(db, key, actor=karim, now=begun)
        enrolments.withdraw(db, key, own, actor=BOSS, now=begun)
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            course_sessions.change(db, key, moved, version=None, actor=karim, now=begun)
        enrolments.enrol(db, key, own, actor=BOSS, now=place.now)
        other = place.account(db, "other", Role.DESK)
        course_sessions.change(db, key, longer, version=None, actor=other, now=place.now)
        place.certify(db, own, "laser", Level.TRAINER)
        course_sessions.change(db, key, moved, version=None, actor=karim, now=place.now)


CHANGES: dict[str, dict[str, object]] = {
    "a trainer": {"trainer_id": "theirs"},
    "no trainer": {"trainer_id": None},
    "later": {"starts_at": hours_after(NOW, 1), "ends_at": hours_after(NOW, 4)},
    "shorter": {"ends_at": hours_after(NOW, 1)},
    "off": {},
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_desk_changes_nothing_that_a_session_costs_once_it_has_begun(
    place: Place, what: str
) -> None:
    """Who teaches it does, or a manager; the desk until it begins."""
    began = Utc.of(place.now + timedelta(minutes=5))
    with place.database.write() as db:
        own, teacher = place.member(db, "Karim").id, ada(db, place)
        desk = place.account(db, "desk", Role.DESK)
        teaches = place.account(db, "ada", Role.DESK, member_id=teacher)
        manager = place.account(db, "manager", Role.MANAGER)
        patch = {key: own if value == "theirs" else value for key, value in CHANGES[what].items()}

        def act(key: str, actor: Actor, now: Utc) -> None:
            if patch:
                course_sessions.change(db, key, patch, version=None, actor=actor, now=now)
            else:
                course_sessions.cancel(db, key, actor=actor, now=now)

        members.change(db, own, {"email": "k@example.org"}, version=None, actor=BOSS, now=place.now)
        for who, now in ((desk, place.now), (teaches, began), (manager, began)):
            key = plan(db, place, desk, teacher)
            if now == began:
                with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
                    act(key, desk, began)
            act(key, who, now)
        theme = {"theme": "Gravure", "headcount": 3}
        key = plan(db, place, desk, teacher)
        course_sessions.change(db, key, theme, version=None, actor=desk, now=began)
        course_sessions.cancel(db, key, actor=manager, now=began)
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            course_sessions.reinstate(db, key, actor=desk, now=began)


def test_nor_does_it_put_back_who_was_taken_off_or_pass_over_what_others_noted(
    place: Place,
) -> None:
    """It notes who is there, and adds who comes unannounced: that is in the audit."""
    began = Utc.of(place.now + timedelta(minutes=5))
    passed, absent = (NewOutcome(outcome=Outcome(how)) for how in ("passed", "absent"))
    with place.database.write() as db:
        teacher = ada(db, place)
        desk = place.account(db, "desk", Role.DESK)
        teaches = place.account(db, "ada", Role.MEMBER, Role.DESK, member_id=teacher)
        key = plan(db, place, desk, teacher)
        off, away, late = (place.member(db, name).id for name in ("Off", "Away", "Late"))
        for member in (off, away):
            enrolments.enrol(db, key, member, actor=desk, now=place.now)
        enrolments.withdraw(db, key, off, actor=teaches, now=began)
        enrolments.set_outcome(db, key, away, absent, actor=teaches, now=began)

        def puts_back(actor: Actor) -> list[Callable[[], object]]:
            there = Attended(member_id=off)
            way: dict[str, Any] = {"actor": actor, "now": began}
            return [
                partial(enrolments.note_attendance, db, key, there, vault=VAULT, **way),
                partial(enrolments.enrol, db, key, off, **way),
                partial(enrolments.set_outcome, db, key, off, passed, **way),
                partial(outcomes.note_outcome, db, key, away, None, seen=Outcome.ABSENT, **way),
                partial(enrolments.set_outcome, db, key, away, passed, **way),
            ]

        for act in puts_back(desk):
            with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
                act()
        attended = Attended(member_id=late)
        enrolments.note_attendance(db, key, attended, vault=VAULT, actor=desk, now=began)
        for new in (absent, passed):
            enrolments.set_outcome(db, key, late, new, actor=desk, now=began)
        for act in puts_back(teaches):
            act()
    with place.database.read() as db:
        enrolled = select(AuditEntry.actor, AuditEntry.subject).where(
            AuditEntry.action == "course_enrolled", AuditEntry.at == began
        )
        rows = db.execute(enrolled.order_by(AuditEntry.seq))
        assert [(row.actor, row.subject) for row in rows] == [
            (desk.ref, f"member:{late}"),
            (teaches.ref, f"member:{off}"),
        ]


def test_what_is_free_agrees_with_the_session_as_it_stands(place: Place) -> None:
    """Whoever may change it changes what was used, both ways."""
    set_tariff(place)
    with place.database.write() as db:
        teacher, (own, friend) = ada(db, place), (place.member(db, name).id for name in "AB")
        key = plan(db, place, BOSS, teacher)
        enrolments.enrol(db, key, own, actor=BOSS, now=place.now)
        people = [db.get_one(MemberRow, member).ref for member in (own, friend, teacher)]
        used = [ended(db, ref, 38, ago_days=-1 / 24, course_session_id=key) for ref in people]
    place.clock.forward(hours=2)

    def owes() -> list[int]:
        follow(place)
        with place.database.read() as db:
            rows = {row.source_id: row for row in db.scalars(ledger.valid_charges())}
            return [rows[key].amount_cents for key in used]

    def change(**patch: object) -> None:
        with place.database.write() as db:
            course_sessions.change(db, key, patch, version=None, actor=BOSS, now=place.now)

    assert owes() == [0, 300, 0], "nobody was enrolled who is not"
    change(trainer_id=friend)
    assert owes() == [0, 300, 300], "who teaches nothing is no trainer"
    change(trainer_id=teacher, starts_at=hours_after(NOW, 2))
    assert owes() == [300, 300, 300]
    change(starts_at=hours_after(NOW, 0))
    assert owes() == [0, 300, 0]
    with place.database.write() as db:
        course_sessions.cancel(db, key, actor=BOSS, now=place.now)
    assert owes() == [300, 300, 300]
    with place.database.write() as db:
        course_sessions.reinstate(db, key, actor=BOSS, now=place.now)
        member_certifications.suspend(db, teacher, "laser", "left", actor=BOSS, now=place.now)
    assert owes() == [0, 300, 0], "who taught it then did"


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


def test_a_reinstated_session_is_said_to_its_trainer(place: Place) -> None:
    """And so is one to which they are put back: each time."""
    with place.database.write() as db:
        teacher, own = ada(db, place), place.member(db, "Karim").id
        desk = place.account(db, "desk", Role.DESK, member_id=own)
        boss = place.account(db, "boss", Role.MANAGER)
        key = plan(db, place, boss, teacher)

        def written(*patches: tuple[Actor, dict[str, object]]) -> int:
            for actor, patch in patches:
                place.clock.forward(seconds=1)
                course_sessions.change(db, key, patch, version=None, actor=actor, now=place.now)
            db.flush()
            sent = select(func.count()).where(MessageRow.what == "named_trainer")
            return db.scalar(sent) or 0

        assert written((desk, {"theme": "Gravure"})) == 0
        course_sessions.cancel(db, key, actor=boss, now=place.now)
        course_sessions.reinstate(db, key, actor=desk, now=place.now)
        assert written() == 1
        named: dict[str, object] = {"trainer_id": teacher}
        nobody: dict[str, object] = {"trainer_id": None}
        assert written((boss, nobody), (desk, named), (boss, nobody), (desk, named)) == 3


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


def test_nor_does_the_desk_move_a_session_to_what_is_over(place: Place) -> None:
    """So that what was used before would be its."""
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        key = plan(db, place, desk, ada(db, place))
        earlier = {"starts_at": hours_after(NOW, -2)}
        with pytest.raises(Forbidden, match="trainer"), db.begin_nested():
            course_sessions.change(db, key, earlier, version=None, actor=desk, now=place.now)
        course_sessions.change(db, key, earlier, version=None, actor=BOSS, now=place.now)


def test_no_program_notes_a_result_before_the_session_has_begun(place: Place) -> None:
    """Nor certifies by it: the trainer's own program would, of whom the desk's has passed."""
    beginners = NewCourse(id="beginners", name=Label(fr="Débuter"), grants=("laser",))
    passed = NewOutcome(outcome=Outcome.PASSED)
    with place.database.write() as db:
        courses.create(db, beginners, actor=BOSS, now=place.now)
        friend, desk = place.member(db).id, place.account(db, "desk", Role.DESK)
        token, trainers = (replace(actor, per_minute=60) for actor in (desk, BOSS))
        began = Utc.of(place.now + timedelta(minutes=1))
        planned = NewCourseSession(
            starts_at=began,
            ends_at=Utc.of(began + timedelta(hours=3)),
            course_id="beginners",
            kind=CourseSessionKind.COURSE,
            trainer_id=ada(db, place),
            site_id=place.site,
        )
        key = course_sessions.create(db, planned, actor=desk, now=place.now).id
        enrolments.enrol(db, key, friend, actor=desk, now=place.now)
        with pytest.raises(NotBegun), db.begin_nested():
            enrolments.set_outcome(db, key, friend, passed, actor=token, now=place.now)
        with pytest.raises(NotBegun), db.begin_nested():
            certify_passed.certify(db, key, actor=trainers, now=place.now)
        enrolments.set_outcome(db, key, friend, passed, actor=token, now=began)


def test_a_trainer_whom_the_desk_names_is_written_to(place: Place) -> None:
    with place.database.write() as db:
        teacher = place.member(db, "Ada").id
        members.change(
            db, teacher, {"email": "ada@example.org"}, version=None, actor=BOSS, now=place.now
        )
        desk, manager = (place.account(db, role, Role(role)) for role in ("desk", "manager"))
        plan(db, place, manager, teacher)
        key = plan(db, place, desk, teacher)
        patches = ({"theme": "Gravure"}, {"ends_at": hours_after(place.now, 5)})
        for patch in patches:
            course_sessions.change(db, key, patch, version=None, actor=desk, now=place.now)
    written = [fields for _, fields in letters(place, "named_trainer")]
    ends = [fields["ends_at"] for fields in written]
    assert ends == [hours_after(place.now, 3, minutes=1), hours_after(place.now, 5)]
    assert written[-1]["course"] == {}, "the theme is what the desk has typed"


def test_members_and_managers_take_part_as_ever(place: Place) -> None:
    with place.database.write() as db:
        manager = place.account(db, "boss", Role.MANAGER, member_id=place.member(db, "Boss").id)
        key = plan(db, place, manager, manager.member_id)
        for role in (Role.MEMBER, Role.MANAGER):
            member = place.member(db, role.value).id
            who = place.account(db, role.value, role, member_id=member)
            made = enrolments.enrol(db, key, member, actor=who, now=place.now)
            assert made.status is EnrolmentStatus.ENROLLED


def test_a_session_of_more_than_a_day_is_a_managers(place: Place) -> None:
    with place.database.write() as db:
        desk, manager = (place.account(db, role, Role(role)) for role in ("desk", "manager"))
        key = plan(db, place, desk, hours=24)
        with pytest.raises(Forbidden, match="rules:write"), db.begin_nested():
            plan(db, place, desk, hours=25)
        later = {"ends_at": Utc.of(place.now + timedelta(days=300)).text()}
        with pytest.raises(Forbidden, match="rules:write"), db.begin_nested():
            course_sessions.change(db, key, later, version=None, actor=desk, now=place.now)
        course_sessions.change(db, key, later, version=None, actor=manager, now=place.now)


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


def use(place: Place, member: str, point: str) -> SessionBegan:
    """The member begins to use a machine half an hour later."""
    return SessionBegan(
        session_id=point,
        site_id=place.site,
        access_point_id=point,
        member_ref="",
        member_id=member,
        at=Utc.of(place.now + timedelta(minutes=30)),
    )


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


def test_the_desk_names_no_trainer_whom_no_letter_reaches(place: Place) -> None:
    """Nor one who is reached since the desk took an address for them, or lost theirs."""
    with place.database.write() as db:
        teacher, other = ada(db, place), place.member(db, "Zoé").id
        place.certify(db, other, "laser", Level.TRAINER)
        desk = place.account(db, "desk", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        for key, email in ((other, "zoe@planted.example"), (teacher, None)):
            patch = {"email": email}
            with pytest.raises(BadgeNeedsManager), db.begin_nested():
                members.change(db, key, patch, version=None, actor=desk, now=place.now)
        plan(db, place, desk, teacher)
        with pytest.raises(Forbidden, match="no message"), db.begin_nested():
            plan(db, place, desk, other)
        patch = {"email": "zoe@example.org"}
        members.change(db, other, patch, version=None, actor=boss, now=place.now)
        plan(db, place, desk, other)
    written_to = [address for address, _ in letters(place, "named_trainer")]
    assert written_to == ["ada@example.org", "zoe@example.org"]


def test_nor_one_to_whom_it_gave_an_address_before_they_were_a_trainer(place: Place) -> None:
    with place.database.write() as db:
        theo, desk = place.member(db, "Théo").id, place.account(db, "desk", Role.DESK)
        planted = {"email": "desk@example.org"}
        members.change(db, theo, planted, version=None, actor=desk, now=place.now)
        place.certify(db, theo, "laser", Level.TRAINER)
    with place.database.write() as db, pytest.raises(Forbidden, match="staff wrote lately"):
        plan(db, place, desk, theo)


def test_a_course_is_taught_by_a_trainer_of_what_it_grants_and_not_of_anything(
    place: Place,
) -> None:
    """Nor of what only another site teaches, and no machine here requires."""
    with place.database.write() as db:
        second_site.add(db, place.now)
        theo = place.member(db, "Théo").id
        give: dict[str, Any] = {"email": "theo@example.org", "also_at": [second_site.THERE]}
        members.change(db, theo, give, version=None, actor=BOSS, now=place.now)
        desk = place.account(db, "desk", Role.DESK, member_id=theo)
        there = NewCertification(
            id="elsewhere",
            name=Label(fr="Ailleurs"),
            scope=Scope.NETWORK,
            site_id=second_site.THERE,
        )
        certifications.create(db, there, actor=BOSS, now=place.now)
        place.certify(db, theo, "elsewhere", Level.TRAINER)
        for course, grants in (("laser", "laser"), ("mixed", "elsewhere")):
            new = NewCourse(
                id=course,
                name=Label(fr=course),
                grants=(grants,),
                requires=("laser",) if course == "mixed" else (),
                site_id=place.site,
            )
            courses.create(db, new, actor=BOSS, now=place.now)
        start, end = (Utc.of(place.now + timedelta(minutes=minute)) for minute in (1, 60))

        def session(course: str, actor: Actor) -> str:
            planned = NewCourseSession(
                starts_at=start, ends_at=end, course_id=course, trainer_id=theo, site_id=place.site
            )
            return course_sessions.create(db, planned, actor=actor, now=place.now).id

        with pytest.raises(Forbidden, match="does not teach"), db.begin_nested():
            session("laser", desk)
        session("laser", BOSS)
        other = session("mixed", BOSS)
        assert PROPOSER.propose(db, [use(place, theo, "laser-1")]) == {}
        course_sessions.cancel(db, other, actor=BOSS, now=place.now)
        sewing = NewCertification(id="sewing", name=Label(fr="Couture"), site_id=place.site)
        certifications.create(db, sewing, actor=BOSS, now=place.now)
        place.certify(db, theo, "sewing", Level.TRAINER)
        patch = {"grants": ["laser", "sewing"]}
        courses.change(db, "laser", patch, version=None, actor=BOSS, now=place.now)
        session("laser", BOSS)
        assert PROPOSER.propose(db, [use(place, theo, "laser-1")]) == {}, (
            "sewing is what he teaches"
        )


@pytest.mark.parametrize("duty", [{"maintains": ["laser-1"]}, {"supervises": ["workshop"]}])
def test_nor_does_it_write_the_address_of_who_supervises_or_maintains(
    place: Place, duty: dict[str, list[str]]
) -> None:
    with place.database.write() as db:
        key, desk = place.member(db).id, place.account(db, "desk", Role.DESK)
        members.change(db, key, duty, version=None, actor=BOSS, now=place.now)
        planted = {"email": "planted@example.org"}
        with pytest.raises(BadgeNeedsManager), db.begin_nested():
            members.change(db, key, planted, version=None, actor=desk, now=place.now)
        members.change(db, key, {"phone": "0612345678"}, version=None, actor=desk, now=place.now)
