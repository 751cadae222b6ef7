"""Machines cost nothing during a course: the desk makes no such time for itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.billing import ledger
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import (
    certify_passed,
    course_sessions,
    courses,
    enrolments,
    member_certifications,
    outcomes,
)
from controller.capabilities.training.course_sessions import EnrolmentRefused, NotBegun
from controller.capabilities.training.models import CourseSessionKind, EnrolmentStatus, Outcome
from controller.capabilities.training.shapes import (
    Attended,
    NewCourse,
    NewCourseSession,
    NewOutcome,
)
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import ended, follow, set_tariff
from tests.capabilities.conftest import BOSS, NOW, VAULT, Place
from tests.security.desk.course_steps import ada, hours_after, plan


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
