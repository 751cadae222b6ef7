"""Since: who is new and what they lack, what to do with a session, what one can't do oneself."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.activity.rows import ActivityList, Row, list_activity
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule
from controller.capabilities.training import course_sessions, courses, enrolments
from controller.capabilities.training.models import Outcome
from controller.capabilities.training.shapes import NewCourse, NewCourseSession, NewOutcome
from controller.domain.time import Utc
from controller.kernel.activity import Part, Weight
from controller.kernel.actor import Actor, Role
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from tests.capabilities.conftest import BOSS, Place

_PASSED = NewOutcome(outcome=Outcome.PASSED)


def told(place: Place, db: Session, part: Part, actor: Actor = BOSS) -> list[Row]:
    since = Utc.of(place.now - timedelta(days=3))
    found: ActivityList = list_activity(db, place.site, since, actor=actor, now=place.now)
    return [row for section in found.sections if section.part is part for row in section.rows]


def facts(row: Row) -> list[str]:
    return [fact.text for fact in row.activity.facts]


def session(place: Place, db: Session, days: float, places: int, *, first: bool = False) -> str:
    """Of a course that grants *laser*; its id."""
    if first:
        new = NewCourse(id="first", name=Label(fr="Laser"), grants=("laser",), site_id=place.site)
        courses.create(db, new, actor=BOSS, now=place.now)
    start = Utc.of(place.now + timedelta(days=days))
    end = Utc.of(start + timedelta(hours=2))
    planned = NewCourseSession(
        course_id="first", starts_at=start, ends_at=end, places=places, site_id=place.site
    )
    return course_sessions.create(db, planned, actor=BOSS, now=place.now).id


def test_who_is_new_stands_there_with_what_they_lack_and_an_import_is_one_row(place: Place) -> None:
    with place.database.write() as db:
        place.member(db, "Amina Diallo", plan=None)
        (row,) = told(place, db, Part.PEOPLE)
        assert row.activity.title.values == {"said": "Amina Diallo"}
        assert facts(row)[1:] == ["without a badge", "no subscription"]
        assert (row.activity.weight, row.activity.action and row.activity.action.code) == (
            Weight.TODO,
            "member.new",
        )
        for number in range(12):
            place.member(db, f"Bao {number}")
        (row,) = told(place, db, Part.PEOPLE)
        assert row.activity.title.values == {"n": 13}
        assert [fact.values["n"] for fact in row.activity.facts] == [13, 1]
        place.clock.forward(days=4)
        assert told(place, db, Part.PEOPLE) == []


def test_each_session_says_what_to_do_with_it_in_the_order_of_days(place: Place) -> None:
    with place.database.write() as db:
        people = [place.member(db, name).id for name in ("Ada", "Bao", "Cy")]
        full = session(place, db, 3, 2, first=True)
        half, over = session(place, db, 2, 2), session(place, db, 0.001, 6)
        for person in people:
            enrolments.enrol(db, full, person, actor=BOSS, now=place.now)
        for person in people[:2]:
            enrolments.enrol(db, half, person, actor=BOSS, now=place.now)
            enrolments.enrol(db, over, person, actor=BOSS, now=place.now)
        place.clock.forward(hours=3)

        def acts() -> list[str]:
            return [
                row.activity.action.code
                for row in told(place, db, Part.SESSIONS)
                if row.activity.action
            ]

        assert acts() == ["session.note", "session.open", "session.another"]
        for person in people[:2]:
            enrolments.set_outcome(db, over, person, _PASSED, actor=BOSS, now=place.now)
        enrolments.withdraw(db, half, people[1], actor=BOSS, now=place.now)
        assert acts() == ["session.certify", "session.enrol", "session.another"]


def test_nobody_is_to_be_enrolled_in_a_session_on_a_day_that_is_closed(place: Place) -> None:
    with place.database.write() as db:
        session(place, db, 2, 6, first=True)
        (row,) = told(place, db, Part.SESSIONS)
        assert row.activity.action
        assert row.activity.action.code == "session.enrol"
        new = {"id": "never", "name": {"fr": "Fermé"}, "weekly": []}
        schedules.create(db, parse(new, NewSchedule), actor=BOSS, now=place.now)
        sites.change(db, place.site, {"opening": "never"}, version=None, actor=BOSS, now=place.now)
        (row,) = told(place, db, Part.SESSIONS)
        assert row.activity.action
        assert row.activity.action.code == "session.open"
        assert facts(row)[-1] == "the place is closed on that day"


def test_a_session_that_is_called_off_is_said_with_its_reason(place: Place) -> None:
    with place.database.write() as db:
        off = session(place, db, 20, 2, first=True)
        course_sessions.cancel(db, off, "No lens", actor=BOSS, now=place.now)
        (row,) = told(place, db, Part.SESSIONS)
        assert facts(row)[0] == "session cancelled"
        assert row.activity.facts[1].values == {"said": "No lens"}
        place.clock.forward(days=4)
        assert told(place, db, Part.SESSIONS) == []
        past = session(place, db, -1, 2)
        course_sessions.cancel(db, past, "No lens", actor=BOSS, now=place.now)
        (row,) = told(place, db, Part.SESSIONS)
        assert facts(row)[0] == "session cancelled, did not take place", "it is not the next one"


def test_ones_own_pass_is_no_news_to_oneself(place: Place) -> None:
    """Another has to certify her: nothing is left for her to do."""
    with place.database.write() as db:
        her = place.member(db, "Amina").id
        over = session(place, db, 0.001, 6, first=True)
        enrolments.enrol(db, over, her, actor=BOSS, now=place.now)
        place.clock.forward(hours=3)
        enrolments.set_outcome(db, over, her, _PASSED, actor=BOSS, now=place.now)
        herself = place.account(db, "amina", Role.MANAGER, member_id=her)
        other = place.account(db, "other", Role.MANAGER)
        assert len(told(place, db, Part.SESSIONS, other)) == 1
        assert told(place, db, Part.SESSIONS, herself) == []


def test_a_booking_on_a_machine_that_is_out_of_service_is_told_before_its_day(place: Place) -> None:
    with place.database.write() as db:
        start = Utc.of(place.now + timedelta(days=1))
        new = NewBooking(
            member_id=place.member(db, "Amina Diallo").id,
            access_point="laser-1",
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=1)),
        )
        bookings.create(db, new, actor=BOSS, now=place.now)
        assert told(place, db, Part.BOOKINGS) == []
        access_points.set_service(
            db, "laser-1", in_service=False, reason="Lame attendue", actor=BOSS, now=place.now
        )
        (row,) = told(place, db, Part.BOOKINGS)
        assert row.activity.title.values["name"] == "Amina Diallo"
        assert (row.activity.weight, facts(row)[1]) == (Weight.TODO, "out of service")
