"""Machines and doors that course sessions use, so that they can't be booked.

These are the access points that require a certification which the course grants.
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
"""Maximum number of course sessions that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseUse:
    """An access point that a course session uses, with the session's times."""

    session: str
    """The course session's id."""
    access_point: str
    starts_at: Utc
    ends_at: Utc
    name: Name


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
    certifications_by_point = _required_certifications(db, site_id)
    return [
        CourseUse(
            session=key,
            access_point=point,
            starts_at=start,
            ends_at=end,
            name=from_json(course.name, Name),
        )
        for key, start, end, course in sessions
        for point, required in certifications_by_point.items()
        if required & set(course.grants)
    ]


def _required_certifications(db: Session, site_id: str) -> dict[str, set[str]]:
    """Return the certifications that each access point of the site requires."""
    at_site = AccessPointRow.site_id == site_id
    return {
        point: {
            certification
            for group in from_json(requirement, Requirement).certifications
            for certification in group
        }
        for point, requirement in db.execute(
            select(AccessPointRow.id, AccessPointRow.requirement).where(at_site)
        )
    }
