"""Machines cost nothing during a course: the desk makes no such time for itself."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.members import members
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import Attended, NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.conftest import letters


def plan(
    db: Session, place: Place, actor: Actor, trainer: str | None = None, *, hours: int = 3
) -> str:
    """An event that begins in a minute."""
    start = Utc.of(place.now + timedelta(minutes=1))
    end = Utc.of(start + timedelta(hours=hours))
    new = NewCourseSession(starts_at=start, ends_at=end, trainer_id=trainer, site_id=place.site)
    return course_sessions.create(db, new, actor=actor, now=place.now).id


def test_who_works_at_the_desk_has_a_part_only_in_what_somebody_teaches(place: Place) -> None:
    with place.database.write() as db:
        own, teacher = place.member(db, "Karim").id, place.member(db, "Ada").id
        place.certify(db, teacher, "laser", Level.TRAINER)
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        with pytest.raises(Forbidden, match="teaches"), db.begin_nested():
            plan(db, place, karim, own)
        nobodys, hers = plan(db, place, karim), plan(db, place, karim, teacher)
        patch = {"trainer_id": own}
        with pytest.raises(Forbidden, match="teaches"), db.begin_nested():
            course_sessions.change(db, hers, patch, version=None, actor=karim, now=place.now)
        with pytest.raises(Forbidden, match="teaches"), db.begin_nested():
            enrolments.enrol(db, nobodys, own, actor=karim, now=place.now)
        there = Attended(member_id=own)
        with pytest.raises(Forbidden, match="teaches"), db.begin_nested():
            enrolments.attend(db, nobodys, there, vault=VAULT, actor=karim, now=place.now)
        made = enrolments.enrol(db, hers, own, actor=karim, now=place.now)
        assert made.status is EnrolmentStatus.ENROLLED
        place.certify(db, own, "laser", Level.TRAINER)
        plan(db, place, karim, own)


def test_who_takes_part_leaves_it_to_somebody_who_teaches(place: Place) -> None:
    """The trainer stays, and its time; once it has begun it is not cancelled by them either."""
    with place.database.write() as db:
        own, teacher = place.member(db, "Karim").id, place.member(db, "Ada").id
        place.certify(db, teacher, "laser", Level.TRAINER)
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        key = plan(db, place, karim, teacher)
        enrolments.enrol(db, key, own, actor=karim, now=place.now)
        tomorrow = Utc.of(place.now + timedelta(days=1))
        moved = {"starts_at": tomorrow.text(), "ends_at": hours_after(tomorrow, 3)}
        longer = {"ends_at": hours_after(place.now, 5)}
        for patch in ({"trainer_id": None}, moved, longer):
            with pytest.raises(Forbidden, match="teaches"), db.begin_nested():
                course_sessions.change(db, key, patch, version=None, actor=karim, now=place.now)
        named = {"theme": "Gravure"}
        course_sessions.change(db, key, named, version=None, actor=karim, now=place.now)
        begun = Utc.of(place.now + timedelta(minutes=5))
        with pytest.raises(Forbidden, match="teaches"), db.begin_nested():
            course_sessions.cancel(db, key, actor=karim, now=begun)
        other = place.account(db, "other", Role.DESK)
        course_sessions.change(db, key, longer, version=None, actor=other, now=place.now)
        place.certify(db, own, "laser", Level.TRAINER)
        course_sessions.change(db, key, moved, version=None, actor=karim, now=place.now)


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
    ends = [fields["ends_at"] for _, fields in letters(place, "named_trainer")]
    assert ends == [hours_after(place.now, 3, minutes=1), hours_after(place.now, 5)]


def hours_after(start: Utc, hours: int, *, minutes: int = 0) -> str:
    return Utc.of(start + timedelta(hours=hours, minutes=minutes)).text()


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
