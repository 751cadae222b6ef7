"""Certifications that trainers give at machines."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.accounts import accounts
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges import credentials
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import queue
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.write import to_member
from controller.capabilities.training import (
    course_sessions,
    courses,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.activity import READ, RECENT
from controller.capabilities.training.messages import CertifiedWithYourBadgeMessage
from controller.capabilities.training.models import (
    CertificationRow,
    EnrolmentRow,
    HeldRow,
    Outcome,
    Scope,
)
from controller.capabilities.training.shapes import Grant, NewCourse, NewCourseSession, NewOutcome
from controller.domain.facts import CertificationKind, Level, MemberStatus, Name
from controller.domain.time import Utc
from controller.kernel.activity import ActivityQuery
from controller.kernel.shapes import Label
from controller.wire.events import CertifiedAtMachine
from tests.hub.conftest import NOW, Place
from tests.hub.effects import ADMIN, People, alarm_reasons, certify, level_of
from tests.hub.fake_agent import START
from tests.hub.world import SITE, add_site


def test_a_trainer_certifies_at_the_machine_once(place: Place) -> None:
    people = People(place.world.database)
    certify(place, 10, people.refs[0], people.refs[1])
    place.send(place.agent.batch())
    assert level_of(place.world.database, people.ids[1]) is Level.USER
    with place.world.database.read() as db:
        steps = member_certifications.history(db, people.ids[1], "laser", actor=ADMIN, now=NOW)
    assert [step.by for step in steps] == [f"member:{people.ids[0]}"]


@pytest.mark.parametrize(("trainer", "trainee"), [(1, 2), (0, 0), (1, 1)])
def test_who_may_not_certify_does_not_and_it_is_seen(
    place: Place, trainer: int, trainee: int
) -> None:
    people = People(place.world.database)
    before = level_of(place.world.database, people.ids[trainee])
    certify(place, 10, people.refs[trainer], people.refs[trainee])
    assert place.ack().through == 1
    assert level_of(place.world.database, people.ids[trainee]) is before
    with place.world.database.read() as db:
        assert db.scalars(select(Alarm.kind)).all() == ["certification_refused"]


def test_the_trainer_is_told_of_somebody_who_has_left_since(place: Place) -> None:
    people = People(place.world.database)
    certify(place, 10, people.refs[0], people.refs[1])
    with place.world.database.write() as db:
        db.get_one(MemberRow, people.ids[1]).status = MemberStatus.LEFT
    with place.world.database.write() as db:
        due = queue.take_due(db, queue.Rules(secret="s" * 40), place.now)
        assert "A@example.org" in [letter.address for letter in due]


def test_a_letter_that_cannot_be_put_into_words_holds_up_no_other(place: Place) -> None:
    people = People(place.world.database)
    with place.world.database.write() as db:
        for number, at in enumerate(("no time", START.text())):
            message = CertifiedWithYourBadgeMessage(
                certification=Name(fr="Laser"), machine=Name(fr="L"), at=at
            )
            key = f"odd-{number}"
            to_member(db, people.ids[0], message, site_id=SITE, key=key, now=place.now)
    rules = queue.Rules(secret="s" * 40)
    with place.world.database.write() as db:
        assert len(queue.take_due(db, rules, place.now)) == 1
    with place.world.database.read() as db:
        odd = db.scalars(select(MessageRow).where(MessageRow.key == "odd-0")).one()
        assert (odd.trouble, odd.attempts) == ("words", 1)
        assert odd.due_at is not None
        assert odd.due_at > place.now


def test_a_machine_certifies_only_for_what_it_asks(place: Place) -> None:
    people = People(place.world.database, asked="saw")
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == ["machine-0 does not require laser"]


def test_a_document_is_not_given_at_a_machine(place: Place) -> None:
    people = People(place.world.database)
    with place.world.database.write() as db:
        db.get_one(CertificationRow, "laser").kind = CertificationKind.DOCUMENT
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == ["machine-0 does not require laser"]


def test_an_event_of_no_machine_certifies_nobody(place: Place) -> None:
    people = People(place.world.database)
    fields: dict[str, Any] = {
        "certification": "laser",
        "trainer": people.refs[0],
        "trainee": people.refs[1],
    }
    place.agent.record(CertifiedAtMachine, access_point=None, **fields)
    place.send(place.agent.batch())
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == ["the event names no access point"]


@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_a_badge_that_can_not_have_been_read_certifies_nobody(place: Place, who: int) -> None:
    people = People(place.world.database)
    with place.world.database.write() as db:
        credentials.mark_lost(db, people.badges[who], actor=ADMIN, now=START)
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    why = "a member in the event has no badge that works at machine-0"
    assert alarm_reasons(place, "certification_refused") == [why]


@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_whom_the_site_does_not_know_is_not_certified_there(place: Place, who: int) -> None:
    people = People(place.world.database)
    add_site(place.world.database, "annexe")
    with place.world.database.write() as db:
        db.get_one(CertificationRow, "laser").scope = Scope.NETWORK
        db.get_one(MemberRow, people.ids[who]).site_id = "annexe"
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert len(alarm_reasons(place, "certification_refused")) == 1


def test_a_certification_at_a_machine_prolongs_no_trainer(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        second = Grant(level=Level.TRAINER)
        member_certifications.grant(db, people.ids[1], "laser", second, actor=ADMIN, now=START)
        end = Utc.of(START + timedelta(days=9))
        db.get_one(HeldRow, (people.ids[1], "laser")).valid_until = end
    certify(place, 10, people.refs[0], people.refs[1])
    with database.read() as db:
        assert db.get_one(HeldRow, (people.ids[1], "laser")).valid_until == end


def test_the_trainer_is_told_whoever_has_left_since(place: Place) -> None:
    """Or is said to have: for a moment, by the desk."""
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        db.get_one(MemberRow, people.ids[0]).email = None
        accounts.create(
            db,
            login="ada@example.org",
            password="correct horse",
            roles={},
            actor=ADMIN,
            now=START,
            member_id=people.ids[0],
        )
    certify(place, 10, people.refs[0], people.refs[1])
    with database.write() as db:
        for member in people.ids[:2]:
            left = {"status": "left", "reason": "moved away"}
            members.change(db, member, left, version=None, actor=ADMIN, now=NOW)
        (due,) = queue.take_due(db, queue.Rules(secret="s" * 40), NOW)
    said = ("ada@example.org", "Habilitation donnée avec votre badge")
    assert (due.address, due.letter.subject) == said
    assert "Blaise" not in str(due.letter), "the desk may have typed that name"


def test_the_trainer_is_told_and_catch_up_lists_it(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    certify(place, 10, people.refs[0], people.refs[1])
    place.send(place.agent.batch())
    with database.read() as db:
        (row,) = db.scalars(select(MessageRow)).all()
        assert (row.what, row.member_id) == ("certified_with_badge", people.ids[0])
        asked = ActivityQuery(site=SITE, since=Utc.of(NOW - timedelta(hours=2)), now=NOW, until=NOW)
        found = [
            occurrence
            for occurrence in RECENT.read_rows(db, asked)
            if occurrence.action and occurrence.action.code == READ
        ]
    assert [occurrence.action.params for occurrence in found if occurrence.action] == [
        {"member": people.ids[1]}
    ]
    assert found[0].title.values["name"] == "Blaise"


def test_who_is_certified_at_the_machine_in_a_course_has_passed_it(place: Place) -> None:
    people, near = People(place.world.database), Utc.of(NOW - timedelta(hours=1))
    with place.world.database.write() as db:
        course = NewCourse(id="first", site_id=SITE, name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, course, actor=ADMIN, now=START)
        made = []
        for start in (near, Utc.of(near + timedelta(days=3))):
            new = NewCourseSession(
                course_id="first",
                site_id=SITE,
                starts_at=start,
                ends_at=Utc.of(start + timedelta(hours=2)),
                places=4,
            )
            made.append(course_sessions.create(db, new, actor=ADMIN, now=START).id)
            for member in people.ids[1:]:
                enrolments.enrol(db, made[-1], member, actor=ADMIN, now=START)
        absent = NewOutcome(outcome=Outcome.ABSENT)
        enrolments.set_outcome(db, made[0], people.ids[2], absent, actor=ADMIN, now=START)
    for trainee in people.refs[1:]:
        certify(place, 10, people.refs[0], trainee)
    with place.world.database.read() as db:
        found = {
            (enrolment.session_id, enrolment.member_id): enrolment
            for enrolment in db.query(EnrolmentRow)
        }
    one = found[made[0], people.ids[1]]
    assert (one.outcome, one.outcome_by) == (Outcome.PASSED, f"member:{people.ids[0]}")
    assert one.attended_at is not None
    assert found[made[0], people.ids[2]].outcome is Outcome.ABSENT, "what somebody noted stays"
    assert found[made[1], people.ids[1]].outcome is None, "another day"


def test_a_person_nobody_knows_blocks_nothing(place: Place) -> None:
    people = People(place.world.database)
    certify(place, 10, people.refs[0], "nobody")
    assert place.ack().through == 1
    assert not place.ack().rejected
