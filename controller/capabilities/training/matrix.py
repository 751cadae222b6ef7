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
"""A certification that ends within this time ends soon."""
COUNT_LIMIT = 999
"""Highest count that is computed; above it the exact number does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A certification that a member holds, in force or not."""

    level: Level
    status: HeldStatus
    valid_until: Utc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A member, their certifications by id, and when the course session for each one begins."""

    member_id: str
    name: str
    cells: Mapping[str, Cell]
    taught: Mapping[str, Utc]


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
    def is_of_concerned(self) -> bool:
        """Return whether no filter is set, so that the default applies."""
        return not (self.query or self.session is not None or self.ends_soon or self.everybody)


def lines(
    db: Session, wanted: MatrixFilter, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[Line]:
    """Return a page of members of the actor's sites, with their certifications.

    Raises Forbidden.
    """
    where = _conditions(wanted, now)
    if wanted.is_of_concerned:
        where.append(MemberRow.id.in_(_default_members(actor, now, cursor)))
    page = matching_members(db, wanted.query, *where, actor=actor, cursor=cursor)
    ids = [row.id for row in page.items]
    held, taught = _cells_of(db, ids), _next_session_starts(db, ids, now)
    items = [
        Line(
            member_id=row.id,
            name=row.display_name,
            cells=held.get(row.id, {}),
            taught=taught.get(row.id, {}),
        )
        for row in page.items
    ]
    return Page(items=items, next=page.next)


def count_ending(db: Session, certifications: frozenset[str], now: Utc) -> int:
    """Count the members with a certification that ends within 30 days; at most COUNT_LIMIT."""
    some = _ends_soon(certifications, now).distinct().limit(COUNT_LIMIT)
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0


def with_trainer(db: Session, certifications: frozenset[str], now: Utc) -> frozenset[str]:
    """Return the certifications that have an active trainer."""
    statement = select(HeldRow.certification_id).where(
        HeldRow.certification_id.in_(certifications),
        HeldRow.level == Level.TRAINER,
        HeldRow.status == HeldStatus.ACTIVE,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
    )
    return frozenset(db.scalars(statement.distinct()))


def _conditions(wanted: MatrixFilter, now: Utc) -> list[ColumnElement[bool]]:
    found = [MemberRow.status != MemberStatus.LEFT]
    if wanted.session is not None:
        enrolled = select(EnrolmentRow.member_id).where(
            EnrolmentRow.session_id == wanted.session,
            EnrolmentRow.status != EnrolmentStatus.CANCELLED,
        )
        found.append(MemberRow.id.in_(enrolled))
    if wanted.ends_soon:
        found.append(MemberRow.id.in_(_ends_soon(wanted.certifications, now)))
    return found


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
    """Select enough newest members with a certification for one page, plus those enrolled in a
    session.

    This starts from the certifications: starting from members, thousands without one would be read
    before a page is full.
    """
    kind = select(CertificationRow.kind).where(CertificationRow.id == HeldRow.certification_id)
    known = known_at(actor.sites(Permission.MEMBERS_READ))
    is_shown = select(MemberRow.id).where(
        MemberRow.id == HeldRow.member_id, MemberRow.status != MemberStatus.LEFT, known
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
    """Ids of members who are enrolled in upcoming sessions."""
    return (
        select(EnrolmentRow.member_id)
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .where(EnrolmentRow.status == EnrolmentStatus.ENROLLED, CourseSessionRow.ends_at > now)
    )


def _cells_of(db: Session, members: list[str]) -> dict[str, dict[str, Cell]]:
    found: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for row in db.scalars(select(HeldRow).where(HeldRow.member_id.in_(members))):
        found[row.member_id][row.certification_id] = Cell(
            level=row.level, status=row.status, valid_until=row.valid_until
        )
    return found


def _next_session_starts(db: Session, members: list[str], now: Utc) -> dict[str, dict[str, Utc]]:
    """Return when each member's next course session begins, by the certification that it grants."""
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
    found: defaultdict[str, dict[str, Utc]] = defaultdict(dict)
    for member, starts, grants in rows:
        for certification in grants:
            found[member].setdefault(certification, starts)
    return found
