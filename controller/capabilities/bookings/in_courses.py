"""Machines and doors that course sessions use.

These are the access points that require a certification which the course grants; they can't be
booked for that time.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.training.models import CourseRow, CourseSessionRow
from controller.domain.facts import Name, Requirement
from controller.domain.time import Utc
from controller.policy.reading import from_json

SLOT_LIMIT = 1000
"""Most course sessions that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseUse:
    """An access point that is used by a course session, with the session's times."""

    session: str
    """The course session's id."""
    access_point: str
    starts_at: Utc
    ends_at: Utc
    name: Name
    """The course's name."""


def course_uses(db: Session, site_id: str, since: Utc, until: Utc) -> list[CourseUse]:
    """Return the access points that course sessions use in [since, until), by start."""
    statement = (
        select(CourseSessionRow.id, CourseSessionRow.starts_at, CourseSessionRow.ends_at, CourseRow)
        .join(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            CourseSessionRow.site_id == site_id,
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.starts_at < until,
            CourseSessionRow.ends_at > since,
        )
        .order_by(CourseSessionRow.starts_at)
        .limit(SLOT_LIMIT)
    )
    sessions = db.execute(statement).all()
    if not sessions:
        return []
    asked = _asked(db, site_id)
    return [
        CourseUse(
            session=key,
            access_point=point,
            starts_at=start,
            ends_at=end,
            name=from_json(course.name, Name),
        )
        for key, start, end, course in sessions
        for point, wanted in asked.items()
        if wanted & set(course.grants)
    ]


def _asked(db: Session, site_id: str) -> dict[str, set[str]]:
    """Return the certifications that each access point of the site requires."""
    here = AccessPointRow.site_id == site_id
    return {
        point: {
            certification
            for any_of in from_json(asked, Requirement).certifications
            for certification in any_of
        }
        for point, asked in db.execute(
            select(AccessPointRow.id, AccessPointRow.requirement).where(here)
        )
    }
