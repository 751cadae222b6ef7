"""Nobody gets rights over a session by the choice of its trainer or their address."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from controller.capabilities.badges.changes import BadgeNeedsManager
from controller.capabilities.members import members
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.training import certifications, course_sessions, courses
from controller.capabilities.training.booked_to import PROPOSER
from controller.capabilities.training.models import Scope
from controller.capabilities.training.shapes import NewCertification, NewCourse, NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.conftest import letters
from tests.security.desk.course_steps import ada, hours_after, plan, use


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


@pytest.mark.parametrize("role", [Role.DESK, Role.MANAGER])
def test_who_was_named_while_a_session_was_cancelled_is_written_to_when_it_is_held(
    place: Place, role: Role
) -> None:
    with place.database.write() as db:
        teacher, desk = ada(db, place), place.account(db, "desk", Role.DESK)
        key = plan(db, place, desk, None)
        course_sessions.cancel(db, key, actor=desk, now=place.now)
        place.clock.forward(seconds=1)
        patch = {"trainer_id": teacher}
        course_sessions.change(db, key, patch, version=None, actor=desk, now=place.now)
        sent = select(func.count()).where(MessageRow.what == "named_trainer")
        assert db.scalar(sent) == 0
        actor = place.account(db, "other", role)
        course_sessions.reinstate(db, key, actor=actor, now=place.now)
        db.flush()
        assert db.scalar(sent) == 1


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
    with place.database.write() as db, pytest.raises(Forbidden, match="staff entered recently"):
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
