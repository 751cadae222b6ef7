"""To which organisation and project machine sessions are booked, from what held as they began."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow, WorksFor
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, EnrolmentStatus
from controller.capabilities.usage.record import Record
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class _Target:
    """What a session is booked to."""

    organisation_id: str | None = None
    project_id: str | None = None
    course_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the choice needs, of all these sessions together."""

    members: dict[str, str]
    """Member id by reference."""
    groups: dict[str, str | None]
    """Organisation of a group by its reference."""
    courses: list[CourseSessionRow]
    attending: set[tuple[str, str]]
    """Course session and member."""
    bookings: list[BookingRow]
    work: list[WorksFor]
    """Oldest first."""
    sites: dict[str, str]
    """Site by organisation or project."""


def book(db: Session, rows: Sequence[Record]) -> None:
    """Book each: to the course that it was part of, else as it was booked, else as its user worked.

    A course comes first: whatever is used meanwhile is the course's. What a person has said since
    stays. Told late or again, the result is the same, because it asks for the time of the start.
    """
    mine = [row for row in rows if row.booked_by is None and row.started_at and row.member_ref]
    if not mine:
        return
    known = _read(db, mine)
    for row in mine:
        target = _target(row, known)
        row.organisation_id, row.project_id = target.organisation_id, target.project_id
        row.course_session_id = target.course_session_id


def _target(row: Record, known: _Known) -> _Target:
    member = known.members.get(row.member_ref or "")
    if row.started_at is None or member is None:
        return _Target(organisation_id=known.groups.get(row.member_ref or ""))
    found = (
        *_of_courses(row, member, row.started_at, known),
        *_of_bookings(row, member, row.started_at, known),
        *_of_work(row, member, row.started_at, known),
    )
    return next(iter(found), _Target())


def _of_courses(row: Record, member: str, at: Utc, known: _Known) -> Iterator[_Target]:
    for each in known.courses:
        takes_part = each.trainer_id == member or (each.id, member) in known.attending
        if each.site_id == row.site_id and each.starts_at <= at < each.ends_at and takes_part:
            yield _Target(each.organisation_id, each.project_id, each.id)


def _of_bookings(row: Record, member: str, at: Utc, known: _Known) -> Iterator[_Target]:
    for each in known.bookings:
        is_it = each.access_point_id == row.access_point_id and each.member_id == member
        if is_it and each.starts_at <= at < each.ends_at:
            yield _Target(each.organisation_id, each.project_id)


def _of_work(row: Record, member: str, at: Utc, known: _Known) -> Iterator[_Target]:
    until_then = [each for each in known.work if each.member_id == member and each.since <= at]
    for each in until_then[-1:]:
        owner = each.project_id or each.organisation_id
        if owner is not None and known.sites.get(owner) == row.site_id:
            yield _Target(each.organisation_id, each.project_id)


def _read(db: Session, rows: Sequence[Record]) -> _Known:
    starts = [row.started_at for row in rows if row.started_at]
    first, last = min(starts), max(starts)
    refs = {row.member_ref for row in rows}
    people = select(MemberRow.ref, MemberRow.id).where(MemberRow.ref.in_(refs))
    members = {row.ref: row.id for row in db.execute(people)}
    courses = list(db.scalars(_courses(rows, first, last)))
    work = list(db.scalars(_work(members, last)))
    return _Known(
        members=members,
        groups=_groups(db, refs - members.keys()),
        courses=courses,
        attending=_attending(db, courses),
        bookings=list(db.scalars(_bookings(members, first, last))),
        work=work,
        sites=_sites(db, work),
    )


def _groups(db: Session, refs: set[str | None]) -> dict[str, str | None]:
    if not refs:
        return {}
    groups = select(GroupRow.ref, GroupRow.organisation_id).where(GroupRow.ref.in_(refs))
    return {row.ref: row.organisation_id for row in db.execute(groups)}


def _attending(db: Session, courses: list[CourseSessionRow]) -> set[tuple[str, str]]:
    if not courses:
        return set()
    enrolled = select(EnrolmentRow.session_id, EnrolmentRow.member_id).where(
        EnrolmentRow.session_id.in_([each.id for each in courses]),
        EnrolmentRow.status == EnrolmentStatus.ENROLLED,
    )
    return {(row.session_id, row.member_id) for row in db.execute(enrolled)}


def _sites(db: Session, work: list[WorksFor]) -> dict[str, str]:
    found: dict[str, str] = {}
    for model, keys in (
        (OrganisationRow, {each.organisation_id for each in work} - {None}),
        (ProjectRow, {each.project_id for each in work} - {None}),
    ):
        if keys:
            where = select(model.id, model.site_id).where(model.id.in_(keys))
            found |= {row.id: row.site_id for row in db.execute(where)}
    return found


def _work(members: Mapping[str, str], last: Utc) -> Select[WorksFor]:
    return (
        select(WorksFor)
        .where(WorksFor.member_id.in_(members.values()), WorksFor.since <= last)
        .order_by(WorksFor.since, WorksFor.id)
    )


def _courses(rows: Sequence[Record], first: Utc, last: Utc) -> Select[CourseSessionRow]:
    return (
        select(CourseSessionRow)
        .where(
            CourseSessionRow.site_id.in_({row.site_id for row in rows}),
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.starts_at <= last,
            CourseSessionRow.ends_at > first,
        )
        .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
    )


def _bookings(members: Mapping[str, str], first: Utc, last: Utc) -> Select[BookingRow]:
    """Those that say on whose behalf."""
    return (
        select(BookingRow)
        .where(
            BookingRow.member_id.in_(members.values()),
            BookingRow.cancelled_at.is_(None),
            BookingRow.starts_at <= last,
            BookingRow.ends_at > first,
            or_(BookingRow.organisation_id.is_not(None), BookingRow.project_id.is_not(None)),
        )
        .order_by(BookingRow.starts_at, BookingRow.id)
    )
