"""Bills a machine session during a course to the course, if the user takes part in it.

Only if its trainer teaches the course at the site, and at machines that require a certification
which the trainer teaches in it, or which the course requires (ADR 0234). Never if nobody knows when
it began (ADR 0332).
"""

from collections.abc import Mapping, Sequence
from itertools import chain

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.training import trainers
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.domain.time import Utc
from controller.kernel.capability import OnBehalfOf, Proposer, SessionBegan
from controller.kernel.errors import NotFound
from controller.policy import facts_of


def _propose(db: Session, sessions: Sequence[SessionBegan]) -> Mapping[str, OnBehalfOf]:
    course_sessions = _course_sessions(db, sessions)
    participants = _participants(db, course_sessions)
    payers: dict[str, OnBehalfOf] = {}
    for session in filter(lambda session: session.is_dated, sessions):
        for course in course_sessions:
            since = participants.get((course.id, session.member_id))
            takes_part = course.trainer_id == session.member_id or (
                since is not None and since <= session.at
            )
            is_during = course.starts_at <= session.at < course.ends_at
            is_here = course.site_id == session.site_id
            is_part = session.member_id and is_here and is_during and takes_part
            if is_part and _is_taught_on(db, course, session):
                course_payer = OnBehalfOf(course.organisation_id, course.project_id, course.id)
                payers.setdefault(session.session_id, course_payer)
    return payers


def _is_taught_on(db: Session, session: CourseSessionRow, machine_session: SessionBegan) -> bool:
    """Return whether a trainer is responsible, and the machine requires a certification that is
    taught.

    What they teach must be of this site, or required by the machine. True for a machine that no
    longer exists.
    """
    by_trainer = trainers.taught_in(db, session, session.trainer_id, machine_session.at)
    if not by_trainer:
        return False
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    taught = by_trainer.union(course.requires if course else ())
    try:
        point = facts_of.point(
            db, machine_session.site_id, machine_session.access_point_id, machine_session.at
        )
    except NotFound:
        return True
    choices = point.requirement.certifications
    is_of_site = CertificationRow.id.in_(by_trainer) & (
        CertificationRow.site_id == machine_session.site_id
    )
    if by_trainer.isdisjoint(chain(*choices)) and not db.scalar(select(exists().where(is_of_site))):
        return False
    return any(taught.intersection(choice) for choice in choices)


def _course_sessions(db: Session, sessions: Sequence[SessionBegan]) -> list[CourseSessionRow]:
    first, last = min(session.at for session in sessions), max(session.at for session in sessions)
    return list(
        db.scalars(
            select(CourseSessionRow)
            .where(
                CourseSessionRow.site_id.in_({session.site_id for session in sessions}),
                CourseSessionRow.cancelled_at.is_(None),
                CourseSessionRow.starts_at <= last,
                CourseSessionRow.ends_at > first,
            )
            .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
        )
    )


def _participants(
    db: Session, course_sessions: Sequence[CourseSessionRow]
) -> dict[tuple[str, str | None], Utc]:
    """Return since when each member takes part, by course session and member."""
    if not course_sessions:
        return {}
    starts = {course.id: course.starts_at for course in course_sessions}
    enrolments = select(
        EnrolmentRow.session_id, EnrolmentRow.member_id, EnrolmentRow.counts_from
    ).where(EnrolmentRow.session_id.in_(starts), EnrolmentRow.status == EnrolmentStatus.ENROLLED)
    return {
        (row.session_id, row.member_id): row.counts_from or starts[row.session_id]
        for row in db.execute(enrolments)
    }


PROPOSER = Proposer(rank=1, propose=_propose)
"""Comes first: use of a course's machine during the course belongs to the course."""
