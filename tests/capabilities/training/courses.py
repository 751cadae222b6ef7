"""What tests of courses share with others."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.training import course_sessions, courses, enrolments
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import CourseSession, NewCourse, NewCourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.shapes import Label
from tests.capabilities.conftest import BOSS, Place


def course(db: Session, place: Place, *, requires: tuple[str, ...] = ()) -> None:
    """The laser course."""
    new = NewCourse(
        id="laser-course",
        name=Label(fr="Découpe laser", en="Laser cutting"),
        grants=("laser",),
        requires=requires,
    )
    courses.create(db, new, actor=BOSS, now=place.now)


def session(
    db: Session, place: Place, places: int | None = 2, days: float = 1, actor: Actor = BOSS
) -> CourseSession:
    """A date of the laser course, in so many days."""
    start = Utc.of(place.now + timedelta(days=days))
    new = NewCourseSession(
        course_id="laser-course",
        site_id=place.site,
        starts_at=start,
        places=places,
        ends_at=Utc.of(start + timedelta(hours=3)),
    )
    return course_sessions.create(db, new, actor=actor, now=place.now)


def enrol(db: Session, place: Place, key: str, member: str) -> EnrolmentStatus:
    return enrolments.enrol(db, key, member, actor=BOSS, now=place.now).status
