"""Policy rows of the training feature: certifications, their holders, the next course session."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.members.policy import of_member
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    HeldRow,
)
from controller.capabilities.training.next_sessions import next_sessions
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import Certification, HeldCertification, Name
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, FactKind, Fields, Invalidation, Keys, key_condition
from controller.policy.reading import from_json


def _certifications(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    sessions = next_sessions(db, site_id)
    columns = select(CertificationRow.id, CertificationRow.name, CertificationRow.kind)
    counting = (key_condition(CertificationRow.id, keys), counts_at(CertificationRow, [site_id]))
    return {
        row.id: {
            "name": from_json(row.name, Name),
            "kind": row.kind,
            "next_session": sessions[row.id].starts_at if row.id in sessions else None,
        }
        for row in db.execute(columns.where(*counting))
    }


def _certifications_of_members(
    db: Session, site_id: str, members: Sequence[str], _now: Utc
) -> Fields:
    certifications: defaultdict[str, list[HeldCertification]] = defaultdict(list)
    columns = HeldRow.__table__.c
    for row in db.execute(
        select(*columns)
        .join(CertificationRow, CertificationRow.id == columns.certification_id)
        .where(columns.member_id.in_(members), counts_at(CertificationRow, [site_id]))
        .order_by(columns.certification_id)
    ):
        certifications[row.member_id].append(
            HeldCertification(
                certification=row.certification_id,
                level=row.level,
                status=row.status,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
            )
        )
    return {
        member: {"certifications": tuple(own_certifications)}
        for member, own_certifications in certifications.items()
    }


def _note_certification(row: CertificationRow) -> Iterator[Invalidation]:
    """Invalidate the certification, and its holders if its scope has changed."""
    yield Invalidation("certification", row.id)
    if inspect(row).attrs.scope.history.deleted:
        yield Invalidation("recognised", row.id)


def _note_course(row: CourseRow) -> Iterator[Invalidation]:
    """Invalidate the course, and the certifications that it no longer grants."""
    yield Invalidation("course", row.id)
    for before in inspect(row).attrs.grants.history.deleted or ():
        yield from (Invalidation("certification", key) for key in before)


def _note_course_session(row: CourseSessionRow) -> Iterator[Invalidation]:
    """Invalidate the session, and the course of which it no longer is one."""
    yield Invalidation("course_session", row.id)
    for before in inspect(row).attrs.course_id.history.deleted or ():
        yield from (Invalidation("course", key) for key in (before,) if key)


def _courses_of(db: Session, sessions: list[str]) -> Iterator[Invalidation]:
    course_ids = select(CourseSessionRow.course_id).where(CourseSessionRow.id.in_(sessions))
    yield from (
        Invalidation("course", course) for course in db.scalars(course_ids.distinct()) if course
    )


def _granted_by(db: Session, courses: list[str]) -> Iterator[Invalidation]:
    """Yield the certifications that the courses grant, since their next session may have
    changed."""
    for granted in db.scalars(select(CourseRow.grants).where(CourseRow.id.in_(courses))):
        yield from (Invalidation("certification", key) for key in granted)


def _holders(db: Session, site_id: str, certifications: list[str]) -> Iterable[Invalidation]:
    holding = select(HeldRow.member_id).join(MemberRow, MemberRow.id == HeldRow.member_id)
    conditions = (HeldRow.certification_id.in_(certifications), known_at([site_id]))
    return (Invalidation("member", member) for member in db.scalars(holding.where(*conditions)))


FACTS = Contributor(
    rows=(FactKind(kind="certification", read=_certifications, value=Certification),),
    parts={"member": _certifications_of_members},
    watches={
        CertificationRow: _note_certification,
        CourseRow: _note_course,
        CourseSessionRow: _note_course_session,
        EnrolmentRow: lambda row: (Invalidation("course_session", row.session_id),),
        HeldRow: of_member,
    },
    dependents={"course_session": _courses_of, "course": _granted_by},
    site_dependents={"recognised": _holders},
)
