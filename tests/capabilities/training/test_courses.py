"""Courses, sessions with places and a waiting list, outcomes, certifying all, and papers."""

import re
import zlib
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.access import explain
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.training import (
    certify_passed,
    course_sessions,
    courses,
    enrolments,
    member_certifications,
)
from controller.capabilities.training import papers as course_papers
from controller.capabilities.training.course_sessions import EnrolmentRefused, NotBegun
from controller.capabilities.training.messages import (
    MESSAGES,
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
)
from controller.capabilities.training.models import CourseSessionKind, EnrolmentStatus, Outcome
from controller.capabilities.training.shapes import Attended, NewCourseSession, NewOutcome
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Certification, Language, Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.message import MessageContext, Messages
from controller.kernel.translation import translator
from controller.wire.values import row_value
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.training.courses import course, enrol, session
from tests.policy.policy import rows, sound


def passed(db: Session, place: Place, key: str, member: str) -> None:
    """Once it has begun: a day later."""
    place.clock.forward(days=1)
    new = NewOutcome(outcome=Outcome.PASSED)
    enrolments.set_outcome(db, key, member, new, actor=BOSS, now=place.now)


def next_session(place: Place) -> Utc | None:
    """As displays are told."""
    row = row_value(rows(place)["certification", "laser"])
    assert isinstance(row, Certification)
    assert sound(place)
    return row.next_session


def test_places_then_a_waiting_list_that_moves_up_in_order(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place).id
        people = [place.member(db, f"Member {n}").id for n in range(5)]
        found = [enrol(db, place, key, person) for person in people]
        assert found == ["enrolled", "enrolled", "waiting", "waiting", "waiting"]
        assert enrol(db, place, key, people[2]) is EnrolmentStatus.WAITING
        enrolments.withdraw(db, key, people[0], actor=BOSS, now=place.now)
        told = enrolments.of_session(db, key, actor=BOSS, now=place.now)
        assert [enrolment.status for enrolment in told] == [
            "enrolled",
            "enrolled",
            "waiting",
            "waiting",
        ]
        assert enrol(db, place, key, people[0]) is EnrolmentStatus.WAITING
        more = course_sessions.change(
            db, key, {"places": 4}, version=None, actor=BOSS, now=place.now
        )
        assert (more.enrolled, more.waiting) == (4, 1)
        with pytest.raises(NotFound):
            enrolments.withdraw(db, key, place.member(db).id, actor=BOSS, now=place.now)


def test_who_asks_at_once_gets_a_place_once(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, places=3).id
        people = [place.member(db, f"Member {n}").id for n in range(12)]
    start = Barrier(len(people))

    def ask(member: str) -> None:
        start.wait(60)
        with place.database.write() as db:
            enrol(db, place, key, member)

    threads = [Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with place.database.read() as db:
        found = course_sessions.get(db, key, actor=BOSS)
        assert (found.enrolled, found.waiting) == (3, 9)


def test_who_was_to_come_is_written_why_a_session_is_called_off(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, 1).id
        people = [place.member(db, f"Member {n}") for n in range(3)]
        for person in people:
            db.get_one(MemberRow, person.id).email = f"{person.display_name[-1]}@example.org"
            enrol(db, place, key, person.id)
        enrolments.withdraw(db, key, people[2].id, actor=BOSS, now=place.now)
        for _ in range(2):
            course_sessions.cancel(db, key, "No lens", actor=BOSS, now=place.now)
        rows = db.query(MessageRow).filter_by(what=SessionCancelledMessage.WHAT).all()
        assert {row.member_id for row in rows} == {people[0].id, people[1].id}
        message = Messages(MESSAGES).read(rows[0].what, rows[0].detail)
        assert message
        assert message.is_still_relevant(db)
        to = MessageContext(
            translator=translator(db, Language.FR),
            place="Here",
            zone="Europe/Paris",
            now=place.now,
            secret="",
            db=db,
        )
        letter = message.letter(to)
        assert "Découpe laser" in letter.subject
        assert any("No lens" in line for line in letter.lines)
        course_sessions.reinstate(db, key, actor=BOSS, now=place.now)
        assert not message.is_still_relevant(db)


def test_who_is_to_come_is_written_that_a_session_is_at_another_time_or_held_after_all(
    place: Place,
) -> None:
    def written(db: Session, what: str) -> list[str | None]:
        return [row.member_id for row in db.query(MessageRow).filter_by(what=what)]

    with_mail = Database(place.database.engine, house=HOUSE, mail_is_on=True)
    with with_mail.write() as db:
        course(db, place)
        at = session(db, place, 1)
        people = [place.member(db, f"Member {n}") for n in range(2)]
        for person in people:
            db.get_one(MemberRow, person.id).email = f"{person.display_name[-1]}@example.org"
            enrol(db, place, at.id, person.id)
        ids = [person.id for person in people]
        # Another theme is not another time: nobody is written to.
        patch = {"theme": "Acrylic"}
        course_sessions.change(db, at.id, patch, version=None, actor=BOSS, now=place.now)
        assert written(db, SessionMovedMessage.WHAT) == []
        later = {
            "starts_at": Utc.of(at.starts_at + timedelta(days=2)).text(),
            "ends_at": Utc.of(at.ends_at + timedelta(days=2)).text(),
        }
        course_sessions.change(db, at.id, later, version=None, actor=BOSS, now=place.now)
        assert written(db, SessionMovedMessage.WHAT) == ids
        # Called off and held at once, nobody has read anything; what was sent is taken back.
        course_sessions.cancel(db, at.id, actor=BOSS, now=place.now)
        course_sessions.reinstate(db, at.id, actor=BOSS, now=place.now)
        assert written(db, SessionReinstatedMessage.WHAT) == []
        course_sessions.cancel(db, at.id, actor=BOSS, now=place.now)
        sent = (
            db.query(MessageRow)
            .filter_by(what=SessionCancelledMessage.WHAT, member_id=ids[0])
            .one()
        )
        sent.attempts, sent.sent_at = 1, place.now
        db.flush()
        course_sessions.reinstate(db, at.id, actor=BOSS, now=place.now)
        assert written(db, SessionReinstatedMessage.WHAT) == ids[:1]


def test_the_next_session_with_a_free_place_is_told_everywhere(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        first, second = session(db, place, 1, days=1), session(db, place, None, days=8)
        mine = place.member(db).id
        place.badge(db, mine)

    def told() -> tuple[str | None, bool]:
        with place.database.read() as db:
            found = explain.explain_access(db, mine, "laser-1", actor=BOSS, now=place.now)
        assert found.reason is DenyReason.CERTIFICATION_MISSING
        where = found.next_course_session
        return where.id if where else None, "Enrol: next session" in found.text.en

    assert (next_session(place), told()) == (first.starts_at, (first.id, True))
    with place.database.write() as db:
        enrol(db, place, first.id, place.member(db, "Quick").id)
    assert (next_session(place), told()) == (second.starts_at, (second.id, True))
    with place.database.write() as db:
        course_sessions.cancel(db, second.id, actor=BOSS, now=place.now)
    assert (next_session(place), told()) == (None, (None, False))
    with place.database.write() as db:
        third = session(db, place, days=2)
    assert next_session(place) == third.starts_at
    place.clock.forward(days=2)
    with place.database.write() as db:
        course_sessions.close_enrolment_of_begun(db, place.now)
    assert next_session(place) is None
    with place.database.write() as db:
        session(db, place, days=1)
        courses.change(db, "laser-course", {"grants": []}, version=None, actor=BOSS, now=place.now)
    assert next_session(place) is None


def test_a_saturday_of_eight_of_whom_six_pass(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, 8).id
        people = [place.member(db, f"Member {n}").id for n in range(8)]
        for person in people:
            enrol(db, place, key, person)
        outcomes = [Outcome.PASSED] * 6 + [Outcome.TO_REVIEW, Outcome.ABSENT]
        first = NewOutcome(outcome=outcomes[0])
        begins = place.clock.forward(hours=23, minutes=59)
        with pytest.raises(NotBegun):
            enrolments.set_outcome(db, key, people[0], first, actor=BOSS, now=begins)
        place.clock.forward(minutes=1)
        for person, outcome in zip(people, outcomes, strict=True):
            new = NewOutcome(outcome=outcome)
            enrolments.set_outcome(db, key, person, new, actor=BOSS, now=place.now)
        for person in people:
            assert member_certifications.of_member(db, person, actor=BOSS) == []
        done = certify_passed.certify(db, key, actor=BOSS, now=place.now)
        assert (done.certified, done.refused) == (tuple(people[:6]), ())
        assert [
            len(member_certifications.of_member(db, person, actor=BOSS)) for person in people
        ] == [1] * 6 + [0, 0]
        again = certify_passed.certify(db, key, actor=BOSS, now=place.clock.forward(minutes=1))
        assert (again.certified, again.refused) == ((), ())
        absent = NewOutcome(outcome=Outcome.ABSENT)
        with pytest.raises(Conflict, match="certified"):
            enrolments.set_outcome(db, key, people[0], absent, actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="certified"):
            course_sessions.cancel(db, key, actor=BOSS, now=place.now)
    assert sound(place)


def test_a_refusal_stops_no_other(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        teacher, fine, bad = (place.member(db, name).id for name in ("T", "Fine", "Bad"))
        place.certify(db, teacher, "laser", Level.TRAINER)
        place.certify(db, bad, "laser")
        place.clock.forward(minutes=1)
        member_certifications.suspend(db, bad, "laser", "unsafe", actor=BOSS, now=place.now)
        me = place.account(db, "teacher", Role.TRAINER, member_id=teacher)
        key = session(db, place, days=-1, actor=me).id  # entered afterwards
        new = NewOutcome(outcome=Outcome.PASSED)
        with pytest.raises(Forbidden, match="note your outcome"):
            enrolments.set_outcome(db, key, teacher, new, actor=me, now=place.now)
        for name, actor in ((teacher, BOSS), (bad, me), (fine, me)):
            enrolments.set_outcome(db, key, name, new, actor=actor, now=place.now)
        done = certify_passed.certify(db, key, actor=me, now=place.now)
        assert done.certified == (fine,)
        assert [(refusal.member_id, refusal.reason) for refusal in done.refused] == [
            (teacher, "nobody can certify themselves"),
            (bad, "this certification is suspended; restore it"),
        ]
        # A manager certifies the trainer, who stays one.
        done = certify_passed.certify(db, key, actor=BOSS, now=place.clock.forward(minutes=1))
        assert done.certified == (teacher,)
        assert member_certifications.get(db, teacher, "laser", actor=BOSS).level is Level.TRAINER
    assert sound(place)


def test_what_is_needed_first_is_asked(place: Place) -> None:
    with place.database.write() as db:
        course(db, place, requires=("rules",))
        key, member = session(db, place).id, place.member(db).id
        with pytest.raises(Conflict, match="required first: rules"):
            enrol(db, place, key, member)
        passed(db, place, key, member)  # came all the same, and is noted
        done = certify_passed.certify(db, key, actor=BOSS, now=place.now)
        assert [refusal.reason for refusal in done.refused] == ["required first: rules"]
        place.certify(db, member, "rules")
        done = certify_passed.certify(db, key, actor=BOSS, now=place.now)
        assert done.certified == (member,)
        both = {"requires": ["laser"]}
        with pytest.raises(Invalid, match="requires"):
            courses.change(db, "laser-course", both, version=None, actor=BOSS, now=place.now)


def test_members_enrol_themselves_before_it_begins_and_see_nobody_else(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place).id
        mine, other = place.member(db).id, place.member(db, "Other").id
        me = place.account(db, "me", Role.MEMBER, member_id=mine)
        enrol(db, place, key, other)
        assert enrolments.enrol(db, key, mine, actor=me, now=place.now).status == "enrolled"
        told = enrolments.of_session(db, key, actor=me, now=place.now)
        assert [enrolment.member_id for enrolment in told] == [mine]
        refused = (
            lambda: enrolments.enrol(db, key, other, actor=me, now=place.now),
            lambda: passed_by(db, place, key, mine, me),
            lambda: session(db, place, actor=me),
        )
        for function in refused:
            with pytest.raises(Forbidden):
                function()
        enrolments.withdraw(db, key, mine, actor=me, now=place.now)
        place.clock.forward(days=2)
        course_sessions.close_enrolment_of_begun(db, place.now)
        with pytest.raises(Conflict, match="has begun"):
            enrolments.enrol(db, key, mine, actor=me, now=place.now)
        assert enrol(db, place, key, mine) is EnrolmentStatus.ENROLLED
        with pytest.raises(EnrolmentRefused, match="has begun"):
            enrolments.withdraw(db, key, mine, actor=me, now=place.now)
        full = {"places": 1}
        course_sessions.change(db, key, full, version=None, actor=BOSS, now=place.now)
        last = place.member(db, "Last").id
        waits = place.account(db, "last", Role.MEMBER, member_id=last)
        assert enrol(db, place, key, last) is EnrolmentStatus.WAITING
        enrolments.withdraw(db, key, last, actor=waits, now=place.now)
        enrolments.withdraw(db, key, mine, actor=BOSS, now=place.now)


def passed_by(db: Session, place: Place, key: str, member: str, actor: Actor) -> None:
    new = NewOutcome(outcome=Outcome.PASSED)
    enrolments.set_outcome(db, key, member, new, actor=actor, now=place.now)


def test_a_badge_notes_who_is_there(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, 1).id
        enrol(db, place, key, place.member(db, "Enrolled").id)
        walk_in = place.member(db, "Walk-in").id
        new = NewCredential(member_id=walk_in, value="uid:04AABBCCDDEEFF")
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
        tap = Attended(badge="uid:04AABBCCDDEEFF")
        there = enrolments.note_attendance(db, key, tap, vault=VAULT, actor=BOSS, now=place.now)
        assert (there.member_id, there.status) == (walk_in, EnrolmentStatus.ENROLLED)
        assert there.attended_at == place.now
        for wrong in ("uid:04AABBCCDDEE00", "nonsense"):
            with pytest.raises(Invalid, match="badge"):
                enrolments.note_attendance(
                    db, key, Attended(badge=wrong), vault=VAULT, actor=BOSS, now=place.now
                )


def test_an_event_needs_no_course_and_certifies_nobody(place: Place) -> None:
    with place.database.write() as db:
        end = Utc.of(place.now + timedelta(hours=2))
        new = NewCourseSession(
            kind=CourseSessionKind.EVENT,
            starts_at=place.now,
            ends_at=end,
            theme="Repair café",
            headcount=23,
        )
        made = course_sessions.create(db, new, actor=BOSS, now=place.now)
        assert (made.headcount, made.is_open) == (23, False)
        with pytest.raises(Conflict, match="certifies nobody"):
            certify_passed.certify(db, made.id, actor=BOSS, now=place.now)


def text_of(pdf: bytes) -> bytes:
    """The drawing instructions of its pages, which hold the text."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"\x78")


def test_papers_are_pdf_with_the_names_on_them(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place).id
        mine, other = place.member(db, "Zoé L’Œuvre").id, place.member(db, "Łukasz").id
        for session_id in (mine, other):
            enrol(db, place, key, session_id)
        me = place.account(db, "me", Role.MEMBER, member_id=mine)
        with pytest.raises(Conflict, match="not recorded"):
            course_papers.certificate(db, key, mine, actor=me, now=place.now)
        passed(db, place, key, mine)
        papers = [
            course_papers.attendance_sheet(db, key, actor=BOSS, now=place.now),
            course_papers.certificate(db, key, mine, actor=me, now=place.now),
        ]
        for pdf in papers:
            assert pdf.startswith(b"%PDF-")
            assert pdf.rstrip().endswith(b"%%EOF")
            assert "Zoé L’Œuvre".encode("cp1252") in text_of(pdf)
        assert b"Lukasz" in text_of(papers[0])
        assert b"Lukasz" not in text_of(papers[1])
        with pytest.raises(NotFound):
            course_papers.certificate(db, key, other, actor=me, now=place.now)
        with pytest.raises(Forbidden):
            course_papers.attendance_sheet(db, key, actor=me, now=place.now)
