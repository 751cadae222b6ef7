"""The table of members and their certifications, a page of members at a time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.members.search import last_member_id, matching_members
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
)
from controller.domain.facts import CertificationKind, HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import FIRST, Cursor, Page, without_index

SOON = timedelta(days=30)
"""A certification with an end within this time ends soon."""
COUNT_LIMIT = 999
"""Highest count that is computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A certification that a member holds, in force or not."""

    level: Level
    status: HeldStatus
    valid_until: Utc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A member with their certifications, by id."""

    member_id: str
    name: str
    cells: Mapping[str, Cell]
    next_starts: Mapping[str, Utc]
    """When the member's next course session begins, by the certification that it grants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFilter:
    """Filter of the matrix; by default members with a certification or an upcoming session."""

    query: str = ""
    session: str | None = None
    ends_soon: bool = False
    everybody: bool = False
    certifications: frozenset[str] | None = field(default=None)
    """With `ends_soon`: only these certifications; None: all."""

    @property
    def is_default(self) -> bool:
        """Return whether no filter is set, so that the default applies."""
        return not (self.query or self.session is not None or self.ends_soon or self.everybody)


def lines(
    db: Session, matrix_filter: MatrixFilter, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[Line]:
    """Return a page of members of the actor's sites, with their certifications.

    Raises Forbidden.
    """
    conditions = _conditions(matrix_filter, now)
    if matrix_filter.is_default:
        conditions.append(MemberRow.id.in_(_default_members(actor, now, cursor)))
    page = matching_members(db, matrix_filter.query, *conditions, actor=actor, cursor=cursor)
    ids = [row.id for row in page.items]
    cells, taught = _cells_of(db, ids), _next_session_starts(db, ids, now)
    items = [
        Line(
            member_id=row.id,
            name=row.display_name,
            cells=cells.get(row.id, {}),
            next_starts=taught.get(row.id, {}),
        )
        for row in page.items
    ]
    return Page(items=items, next=page.next)


def count_ending(db: Session, certifications: frozenset[str], now: Utc) -> int:
    """Count the members with a certification that ends within 30 days; at most COUNT_LIMIT."""
    ending = _ends_soon(certifications, now).distinct().limit(COUNT_LIMIT)
    return db.scalar(select(func.count()).select_from(ending.subquery())) or 0


def with_trainer(db: Session, certifications: frozenset[str], now: Utc) -> frozenset[str]:
    """Return the certifications that have an active trainer."""
    statement = select(HeldRow.certification_id).where(
        HeldRow.certification_id.in_(certifications),
        HeldRow.level == Level.TRAINER,
        HeldRow.status == HeldStatus.ACTIVE,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
    )
    return frozenset(db.scalars(statement.distinct()))


def _conditions(matrix_filter: MatrixFilter, now: Utc) -> list[ColumnElement[bool]]:
    conditions = [MemberRow.status != MemberStatus.LEFT]
    if matrix_filter.session is not None:
        enrolled_members = select(EnrolmentRow.member_id).where(
            EnrolmentRow.session_id == matrix_filter.session,
            EnrolmentRow.status != EnrolmentStatus.CANCELLED,
        )
        conditions.append(MemberRow.id.in_(enrolled_members))
    if matrix_filter.ends_soon:
        conditions.append(MemberRow.id.in_(_ends_soon(matrix_filter.certifications, now)))
    return conditions


def _ends_soon(certifications: frozenset[str] | None, now: Utc) -> Select[str]:
    statement = select(HeldRow.member_id).where(
        HeldRow.valid_until > now,
        HeldRow.valid_until <= Utc.of(now + SOON),
        HeldRow.status == HeldStatus.ACTIVE,
    )
    if certifications is None:
        return statement
    # Use the index on the end: few certifications end soon, while ten thousand people may hold one.
    return statement.where(without_index(HeldRow.certification_id).in_(certifications))


def _default_members(actor: Actor, now: Utc, cursor: Cursor) -> CompoundSelect[str]:
    """Select the newest members with a certification, enough for one page, and those enrolled in a
    session.

    Starts from the certifications; otherwise thousands of members without one could be read for a
    page.
    """
    kind = select(CertificationRow.kind).where(CertificationRow.id == HeldRow.certification_id)
    known_members = known_at(actor.sites(Permission.MEMBERS_READ))
    is_shown = select(MemberRow.id).where(
        MemberRow.id == HeldRow.member_id, MemberRow.status != MemberStatus.LEFT, known_members
    )
    statement = select(HeldRow.member_id).where(
        # At least one certification proper, not only documents.
        kind.correlate(HeldRow).scalar_subquery() == CertificationKind.CERTIFICATION,
        is_shown.correlate(HeldRow).exists(),
    )
    if (last := last_member_id(cursor)) is not None:
        statement = statement.where(HeldRow.member_id < last)
    newest = statement.distinct().order_by(HeldRow.member_id.desc()).limit(cursor.limit + 1)
    holding = newest.subquery()
    return select(holding.c.member_id).union(_enrolled_members(now))


def _enrolled_members(now: Utc) -> Select[str]:
    """Select the ids of members who are enrolled in upcoming sessions."""
    return (
        select(EnrolmentRow.member_id)
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .where(EnrolmentRow.status == EnrolmentStatus.ENROLLED, CourseSessionRow.ends_at > now)
    )


def _cells_of(db: Session, members: list[str]) -> dict[str, dict[str, Cell]]:
    cells: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for row in db.scalars(select(HeldRow).where(HeldRow.member_id.in_(members))):
        cells[row.member_id][row.certification_id] = Cell(
            level=row.level, status=row.status, valid_until=row.valid_until
        )
    return cells


def _next_session_starts(db: Session, members: list[str], now: Utc) -> dict[str, dict[str, Utc]]:
    """Return the start of each member's next course session, by the certification that it
    grants."""
    rows = db.execute(
        select(EnrolmentRow.member_id, CourseSessionRow.starts_at, CourseRow.grants)
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .join(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            EnrolmentRow.member_id.in_(members),
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.certified_at.is_(None),
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.ends_at > now,
        )
        .order_by(CourseSessionRow.starts_at)
    )
    earliest: defaultdict[str, dict[str, Utc]] = defaultdict(dict)
    for member, starts, grants in rows:
        for certification in grants:
            earliest[member].setdefault(certification, starts)
    return earliest
