"""Today's expected arrivals, from bookings and course sessions, and who has arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.policy.reading import from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A member who is enrolled in a course session; `arrived_at`: when they arrived."""

    member_id: str
    name: str
    arrived_at: Utc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedArrival:
    """An expected arrival: a booking, or a course session."""

    starts_at: Utc
    ends_at: Utc
    what: Name | None = None
    """The machine, room or course."""
    zone_id: str | None = None
    member_id: str | None = None
    who: str = ""
    """The member who booked, or the theme of the session."""
    is_in: bool = False
    """Whether the member who booked is in."""
    is_out_of_service: bool = False
    """Whether the booked machine is out of service."""
    session_id: str | None = None
    participants: tuple[Participant, ...] = ()
    places: int | None = None
    trainer: str = ""


BOOKINGS_LISTED = 100
"""Maximum number of bookings that are listed; the later ones are counted."""


def expected_arrivals(
    db: Session, site_id: str, now: Utc, until: Utc, at_most: int
) -> tuple[tuple[ExpectedArrival, ...], int]:
    """Return the arrivals expected until then that are not over, by start, and the number of later
    bookings that are not listed.

    `at_most`: of sessions and participants.
    """
    bookings, later = _bookings(db, site_id, now, until)
    arrivals = [*bookings, *_sessions(db, site_id, now, until, at_most)]
    return tuple(sorted(arrivals, key=lambda arrival: arrival.starts_at)), later


def _bookings(
    db: Session, site_id: str, now: Utc, until: Utc
) -> tuple[Sequence[ExpectedArrival], int]:
    is_in = (PresenceRow.member_ref == MemberRow.ref) & PresenceRow.zone_id.is_not(None)
    rows = db.execute(
        select(
            BookingRow.starts_at,
            BookingRow.ends_at,
            BookingRow.member_id,
            BookingRow.zone_id,
            MemberRow.display_name,
            AccessPointRow.name.label("machine"),
            AccessPointRow.zone_id.label("machine_zone"),
            AccessPointRow.in_service,
            ZoneRow.name.label("zone"),
            PresenceRow.id.label("presence"),
            func.count().over().label("total"),
        )
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .outerjoin(AccessPointRow, AccessPointRow.id == BookingRow.access_point_id)
        .outerjoin(ZoneRow, ZoneRow.id == BookingRow.zone_id)
        .outerjoin(PresenceRow, is_in)
        .where(
            BookingRow.site_id == site_id,
            BookingRow.cancelled_at.is_(None),
            BookingRow.missed_at.is_(None),
            BookingRow.starts_at < until,
            BookingRow.ends_at > now,
        )
        .order_by(BookingRow.starts_at, BookingRow.id)
        .limit(BOOKINGS_LISTED)
    ).all()
    arrivals = [
        ExpectedArrival(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            what=from_json(row.zone if row.in_service is None else row.machine, Name),
            zone_id=row.zone_id if row.in_service is None else row.machine_zone,
            member_id=row.member_id,
            who=row.display_name,
            is_in=row.presence is not None,
            is_out_of_service=row.in_service is False,
        )
        for row in rows
    ]
    return arrivals, rows[0].total - len(rows) if rows else 0


def _sessions(
    db: Session, site_id: str, now: Utc, until: Utc, at_most: int
) -> Sequence[ExpectedArrival]:
    rows = db.execute(
        select(CourseSessionRow, CourseRow.name, MemberRow.display_name)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .outerjoin(MemberRow, MemberRow.id == CourseSessionRow.trainer_id)
        .where(
            CourseSessionRow.site_id == site_id,
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.starts_at < until,
            CourseSessionRow.ends_at > now,
        )
        .order_by(CourseSessionRow.starts_at)
        .limit(at_most)
    ).all()
    participants = _participants(db, [row.id for row, _, _ in rows], at_most)
    return [
        ExpectedArrival(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            what=from_json(name, Name) if name else None,
            who=row.theme or "",
            session_id=row.id,
            participants=participants.get(row.id, ()),
            places=row.places,
            trainer=trainer or "",
        )
        for row, name, trainer in rows
    ]


def _participants(
    db: Session, sessions: Sequence[str], at_most: int
) -> dict[str, tuple[Participant, ...]]:
    """Return the members enrolled in each course session, by name."""
    if not sessions:
        return {}
    rows = db.execute(
        select(EnrolmentRow, MemberRow.display_name)
        .join(MemberRow, MemberRow.id == EnrolmentRow.member_id)
        .where(
            EnrolmentRow.session_id.in_(sessions), EnrolmentRow.status == EnrolmentStatus.ENROLLED
        )
        .order_by(EnrolmentRow.session_id, MemberRow.display_name)
        .limit(at_most)
    )
    participants = [
        (enrolment.session_id, enrolment.member_id, name, enrolment.attended_at)
        for enrolment, name in rows
    ]
    return {
        session: tuple(
            Participant(member_id=member, name=name, arrived_at=at)
            for _, member, name, at in rows_of_session
        )
        for session, rows_of_session in groupby(participants, key=lambda row: row[0])
    }
