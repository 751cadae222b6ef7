"""Which machines are kept for whom, and for which course, between two times."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training.models import CourseRow, CourseSessionRow
from controller.domain.facts import Name, Requirement
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.policy.reading import from_json

AT_MOST = 1000
"""Bookings of one day that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A machine that is booked, or whose certification a course gives meanwhile."""

    access_point: str
    starts_at: Utc
    ends_at: Utc
    who: str | None = None
    """The member who booked; None for a course, and for those who may not read members."""
    course: Name | None = None


def reserved(
    db: Session, site_id: str, since: Utc, until: Utc, *, actor: Actor
) -> tuple[Reserved, ...]:
    """What is kept at the site in [since, until), by its start. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    names = actor.may(Permission.MEMBERS_READ, site_id)
    found = [*_bookings(db, site_id, since, until, names), *_courses(db, site_id, since, until)]
    return tuple(sorted(found, key=lambda each: each.starts_at))


def _bookings(db: Session, site_id: str, since: Utc, until: Utc, names: bool) -> Sequence[Reserved]:
    statement = (
        select(
            BookingRow.access_point_id,
            BookingRow.starts_at,
            BookingRow.ends_at,
            MemberRow.display_name,
        )
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(
            BookingRow.site_id == site_id,
            BookingRow.access_point_id.is_not(None),
            BookingRow.cancelled_at.is_(None),
            BookingRow.starts_at < until,
            BookingRow.ends_at > since,
        )
        .order_by(BookingRow.starts_at)
        .limit(AT_MOST)
    )
    return [
        Reserved(access_point=point, starts_at=start, ends_at=end, who=name if names else None)
        for point, start, end, name in db.execute(statement)
        if point is not None
    ]


def _courses(db: Session, site_id: str, since: Utc, until: Utc) -> Sequence[Reserved]:
    """On each machine that asks for a certification which the course gives."""
    statement = (
        select(CourseSessionRow.starts_at, CourseSessionRow.ends_at, CourseRow)
        .join(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            CourseSessionRow.site_id == site_id,
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.starts_at < until,
            CourseSessionRow.ends_at > since,
        )
        .order_by(CourseSessionRow.starts_at)
        .limit(AT_MOST)
    )
    sessions = db.execute(statement).all()
    if not sessions:
        return []
    asked = _asked(db, site_id)
    return [
        Reserved(
            access_point=point, starts_at=start, ends_at=end, course=from_json(course.name, Name)
        )
        for start, end, course in sessions
        for point, wanted in asked.items()
        if wanted & set(course.grants)
    ]


def _asked(db: Session, site_id: str) -> dict[str, set[str]]:
    """The certifications that each access point of the site asks for."""
    here = AccessPointRow.site_id == site_id
    return {
        point: {each for any_of in from_json(asked, Requirement).certifications for each in any_of}
        for point, asked in db.execute(
            select(AccessPointRow.id, AccessPointRow.requirement).where(here)
        )
    }
