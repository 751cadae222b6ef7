"""Machines cost nothing during a course: the desk makes no such time for itself."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import Attended, NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from tests.capabilities.conftest import VAULT, Place


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
