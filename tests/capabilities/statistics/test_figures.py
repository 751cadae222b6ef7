"""Figures of teaching, of machines out of service and of money: as a person would add them up."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from controller.capabilities.billing import charges
from controller.capabilities.billing.shapes import NewCharge, Remission
from controller.capabilities.machines import access_points
from controller.capabilities.opendata import published_figures
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.statistics import overview
from controller.capabilities.statistics.periods import parse_period
from controller.capabilities.statistics.shapes import Figure, FunderMonth
from controller.capabilities.training import (
    course_sessions,
    courses,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.models import CourseSessionKind, Outcome
from controller.capabilities.training.shapes import (
    Attended,
    NewCourse,
    NewCourseSession,
    NewOutcome,
)
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, NOW, VAULT, Place
from tests.capabilities.statistics.figures import read

OCTOBER, NOVEMBER, DECEMBER = "2026-10", "2026-11", "2026-12"


def parts(month: FunderMonth, figure: Figure) -> dict[str | None, float]:
    return {count.part: count.value for count in month.figures if count.figure is figure}


def session(place: Place, db: Session, start: Utc, hours: float, **fields: object) -> str:
    new = NewCourseSession(
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=hours)),
        site_id=place.site,
        **fields,  # type: ignore[arg-type]
    )
    return course_sessions.create(db, new, actor=BOSS, now=start).id


def test_what_was_taught_and_to_how_many(place: Place) -> None:
    before = Utc.of(NOW - timedelta(days=3))
    workshop = CourseSessionKind.WORKSHOP
    with place.database.write() as db:
        course = NewCourse(id="first", site_id="here", name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, course, actor=BOSS, now=before)
        held = session(place, db, before, 2.5, course_id="first", places=9)
        session(place, db, before, 4, kind=workshop, headcount=7, minutes=90)
        session(place, db, Utc.of(NOW + timedelta(days=1)), 2, kind=workshop, headcount=50)
        off = session(place, db, before, 2, kind=workshop, headcount=50)
        course_sessions.cancel(db, off, actor=BOSS, now=before)
        passed, absent, away = (place.member(db, name).id for name in ("Ada B", "Bao T", "Cleo N"))
        for person in (passed, absent, away):
            enrolments.enrol(db, held, person, actor=BOSS, now=before)
        for person in (passed, absent):
            here = Attended(member_id=person)
            enrolments.note_attendance(db, held, here, vault=VAULT, actor=BOSS, now=before)
        gone = NewOutcome(outcome=Outcome.ABSENT)
        enrolments.set_outcome(db, held, absent, gone, actor=BOSS, now=before)
    (month,) = read(place, NOVEMBER, NOVEMBER)
    assert parts(month, Figure.COURSES) == {"course": 1, "workshop": 1}
    assert parts(month, Figure.TAUGHT) == {"course": 2.5 * 3600, "workshop": 90 * 60}
    assert parts(month, Figure.HEADCOUNT) == {"course": 1, "workshop": 7}
    assert (month.course_sessions, month.taught_min, month.headcount) == (2, 240, 8)
    with place.database.read() as db:
        shown = overview.read_overview(
            db, "here", parse_period("2026-11"), actor=BOSS, now=place.now
        ).courses
    assert {(course.name, course.kind, course.sessions, course.came) for course in shown} == {
        (Label(fr="Laser"), CourseSessionKind.COURSE, 1, 1),
        (None, workshop, 1, 7),
    }


def test_who_took_part_is_one_number_for_funder_and_public_before_and_after_an_erasure(
    place: Place,
) -> None:
    """Who passed was there though nobody noted it; who was noted and then absent was not."""
    before = Utc.of(NOW - timedelta(days=3))
    with place.database.write() as db:
        course = NewCourse(id="first", site_id="here", name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, course, actor=BOSS, now=before)
        held = session(place, db, before, 2, course_id="first", places=20, headcount=11)
        people = [place.member(db, name).id for name in ("Ada B", "Bao T", "Cleo N", "Dan W")]
        for person in people:
            enrolments.enrol(db, held, person, actor=BOSS, now=before)
        for person in people[1:3]:
            here = Attended(member_id=person)
            enrolments.note_attendance(db, held, here, vault=VAULT, actor=BOSS, now=before)
        for name, outcome in ((people[0], Outcome.PASSED), (people[1], Outcome.ABSENT)):
            how = NewOutcome(outcome=outcome)
            enrolments.set_outcome(db, held, name, how, actor=BOSS, now=before)
        place.certify(db, people[0], "laser")
        place.certify(db, people[0], "rules")  # a document certifies nobody

    def told() -> tuple[int, int, int | None, int | None]:
        (month,) = read(place, NOVEMBER, NOVEMBER)
        with place.database.read() as db:
            public = published_figures.figures_by_indicator(
                db, "here", NOVEMBER, actor=BOSS, now=place.now, access_days=90
            )
        shown = public[published_figures.AT_SESSIONS], public[published_figures.CERTIFIED]
        return month.headcount, month.certified, *shown

    assert told() == (13, 1, 13, None)
    for person in people:
        with place.database.write() as db:
            erase(db, person, Erasure(reason="asked"), actor=BOSS, now=place.now)
    assert told()[::2] == (13, 13)


def test_a_person_is_certified_once_a_month_and_not_by_mistake(place: Place) -> None:
    with place.database.write() as db:
        one, two = place.member(db, "Ada B").id, place.member(db, "Bao T").id
        place.certify(db, one, "laser")
        place.certify(db, two, "laser")
        member_certifications.withdraw(db, two, "laser", actor=BOSS, now=place.now)
        place.clock.forward(hours=1)
        place.certify(db, one, "laser")  # once more, by another session
        place.certify(db, one, "rules")  # a document certifies nobody
    (month,) = read(place, NOVEMBER, NOVEMBER)
    assert parts(month, Figure.CERTIFICATIONS) == {"laser": 2}
    assert month.certified == 1


def test_a_stop_counts_where_it_began_and_its_hours_where_they_were(place: Place) -> None:
    """From 30 November, 22:00 in Paris, to 1 December, 06:00; and one that goes on."""
    for moment, in_service in (
        ("2026-11-30T21:00:00.000Z", False),
        ("2026-12-01T05:00:00.000Z", True),
        ("2026-12-03T10:00:00.000Z", False),
    ):
        place.clock.now = Utc.parse(moment)
        with place.database.write() as db:
            reason = None if in_service else "lens"
            access_points.set_service(
                db, "laser-1", in_service=in_service, reason=reason, actor=BOSS, now=place.now
            )
    place.clock.forward(hours=3)
    november, december = read(place, NOVEMBER, DECEMBER)
    assert parts(november, Figure.DOWNTIME) == {"laser-1": 2 * 3600}
    assert parts(december, Figure.DOWNTIME) == {"laser-1": (6 + 3) * 3600}
    assert [parts(month, Figure.STOPS) for month in (november, december)] == [
        {"laser-1": 1},
        {"laser-1": 1},
    ]


def test_revenue_is_what_stands_on_statements_with_what_was_remitted_apart(place: Place) -> None:
    set_tariff(place, since=date(2026, 10, 1))
    member, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 40)  # three begun quarters of an hour
        ended(db, ref, 4, ago_days=40)  # one, and the least that is charged
        two = NewCharge(article="plywood", quantity=2, member_id=member, site_id="here")
        sold = charges.create(db, two, actor=BOSS, now=place.now)
        less = Remission(amount_cents=150, reason="warped")
        charges.remit(db, sold.id, less, actor=BOSS, now=place.now)
    follow(place)
    october, november = read(place, OCTOBER, NOVEMBER)
    assert parts(october, Figure.REVENUE) == {"session": 200}
    assert parts(november, Figure.REVENUE) == {"session": 300, "entry": 800, "remission": -150}
    assert november.revenue_cents == 950
