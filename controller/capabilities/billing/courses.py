"""Which part of a machine session, and of its prints, belongs to a course (0252, 0316, 0317).

Each time that charges are written, the course's data at that time decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import months
from controller.capabilities.billing.models import MoneyEntry
from controller.capabilities.members.models import MemberRow
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.training import attendance
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.policy.reading import chunks


@dataclass(frozen=True, slots=True)
class Courses:
    """The courses in which machine sessions began."""

    absent_sessions: Collection[str]
    """The machine sessions whose member did not attend the course."""
    ends: Mapping[str, Utc]
    """When each course session ends."""

    @classmethod
    def of(cls, db: Session, rows: Sequence[Any]) -> "Courses":
        """Read the courses of these machine sessions."""
        ids = {row.course_session_id for row in rows if row.course_session_id}
        return cls(_absent_sessions(db, rows), attendance.ends_of(db, ids))

    def time_after(self, row: Any, end: Utc) -> timedelta | None:
        """Return how long a machine session went on after its course; None: it belongs to none.

        Zero or less: it ended within the course.
        """
        if row.course_session_id is None or row.id in self.absent_sessions:
            return None
        course_end = self.ends.get(row.course_session_id)
        return timedelta(0) if course_end is None else end - course_end


def _absent_sessions(db: Session, rows: Sequence[Any]) -> set[str]:
    """Return the machine sessions that began in a course, but whose member was absent."""
    uses = {
        row.id: (row.course_session_id, row.member_ref, row.started_at)
        for row in rows
        if row.course_session_id and row.member_ref and row.started_at
    }
    outside = attendance.uses_outside_course(db, uses.values())
    return {key for key, use in uses.items() if use in outside}


def is_on_bill(row: Any, *, is_in_course: bool) -> bool:
    """Return whether a machine session's organisation and project pay.

    Those of a course do not pay for use outside it, unless somebody chose them for this session.
    """
    return is_in_course or row.course_session_id is None or row.booked_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintMaterial:
    """How the material of a print is charged."""

    is_in_course: bool
    """Whether the print began in a course, which has its own price."""
    is_settled: bool
    """Whether the machine session's member has been removed, so that the charge stays as it is."""
    organisation_id: str | None
    project_id: str | None


def print_materials(db: Session, entries: Collection[str]) -> dict[str, PrintMaterial]:
    """Return how the material of prints is charged, for the manual entries that are such
    material."""
    materials = {}
    for batch in chunks(sorted(entries)):
        rows = db.execute(
            select(PrintJob.id.label("print_id"), PrintJob.asked_at, *SessionRow.__table__.c)
            .outerjoin(SessionRow, SessionRow.id == PrintJob.session_id)
            .where(PrintJob.id.in_(batch))
        ).all()
        courses = Courses.of(db, rows)
        for row in rows:
            after = courses.time_after(row, row.asked_at)
            is_in_course = after is not None and after <= timedelta(0)
            on_bill = is_on_bill(row, is_in_course=is_in_course)
            materials[row.print_id] = PrintMaterial(
                is_in_course=is_in_course,
                is_settled=row.member_ref is None,
                organisation_id=row.organisation_id if on_bill else None,
                project_id=row.project_id if on_bill else None,
            )
    return materials


def refs_of_prints(
    db: Session, site_id: str, sessions: ColumnElement[bool]
) -> set[tuple[str, str]]:
    """Return month and member reference of the material of prints in these machine sessions.

    The reference is empty for unnamed customers.
    """
    zone = months.zone_of(db, site_id)
    rows = db.execute(
        select(MemberRow.ref, MoneyEntry.at)
        .select_from(SessionRow)
        .join(PrintJob, PrintJob.session_id == SessionRow.id)
        .join(MoneyEntry, MoneyEntry.id == PrintJob.id)
        .outerjoin(MemberRow, MemberRow.id == MoneyEntry.member_id)
        .where(sessions, SessionRow.site_id == site_id)
    )
    return {(months.month_of(months.day_of(at, zone)), ref or "") for ref, at in rows}
