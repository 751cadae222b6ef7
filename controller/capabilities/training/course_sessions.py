"""Creates, changes, cancels and lists course sessions: dates of a course, with seats and waiting
list."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.members import on_behalf
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.training import session_notices, trainers
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.capabilities.training.scope import counts_at
from controller.capabilities.training.shapes import (
    CourseSession,
    CourseSessionFields,
    NewCourseSession,
)
from controller.capabilities.training.waiting_list import move_up
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, NotFound
from controller.kernel.mapping import to_shape, write
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, require_existing, require_version, resolve_site
from controller.kernel.validate import merge, several_lines
from controller.wire.ids import uuid7

# Why somebody cannot enrol in a course session, as a type that pages translate.


class EnrolmentRefusal(StrEnum):
    """Why an enrolment is refused; of several reasons, the first one in this order is given."""

    CANCELLED = "cancelled"
    BEGUN = "begun"
    """The session has begun; only those who run it can still add people."""
    MISSING = "missing"
    """The member lacks a certification that the course requires."""


class NotBegun(Conflict):
    """Raised when an outcome is noted, or somebody certified, before the session has begun."""


class EnrolmentRefused(Conflict):
    """An enrolment is refused; `missing` lists the required certifications."""

    def __init__(self, reason: EnrolmentRefusal, text: str, missing: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.reason = reason
        self.missing = tuple(missing)


def create(db: Session, new: NewCourseSession, *, actor: Actor, now: Utc) -> CourseSession:
    """Create a course session, in the future or the past. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, Permission.RULES_READ, new.site_id)
    counts = counts_at(CourseRow, [site_id])
    require_existing(
        db, "course_id", CourseRow.id, [new.course_id] if new.course_id else [], counts
    )
    row = CourseSessionRow(
        id=uuid7(),
        site_id=site_id,
        course_id=new.course_id,
        cancelled_at=None,
        created_by=actor.ref,
    )
    check_may_run(db, row, actor, now)
    _apply(db, row, new, actor, now)
    db.add(row)
    session_notices.require_reachable_trainer(db, row, actor, now)
    session_notices.notify_trainer(db, row, actor, now)
    _record(db, row, "course_session_created", actor, now)
    return shapes(db, [row])[0]


def get(db: Session, session_id: str, *, actor: Actor) -> CourseSession:
    """Return one course session. Raises NotFound."""
    return shapes(db, [session_row(db, session_id, actor)])[0]


def page(
    db: Session,
    *,
    actor: Actor,
    since: Utc | None = None,
    until: Utc | None = None,
    course_id: str | None = None,
    cursor: Cursor = FIRST,
) -> Page[CourseSession]:
    """Return a page of the course sessions at the actor's sites that overlap `since` to `until`."""
    sites = actor.sites(Permission.RULES_READ)
    statement = select(CourseSessionRow).where(at_sites(CourseSessionRow.site_id, sites))
    if since is not None:
        statement = statement.where(CourseSessionRow.ends_at > since)
    if until is not None:
        statement = statement.where(CourseSessionRow.starts_at < until)
    if course_id is not None:
        statement = statement.where(CourseSessionRow.course_id == course_id)
    return paged(db, statement, CourseSessionRow.id, cursor, lambda rows: shapes(db, rows))


def change(
    db: Session, session_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> CourseSession:
    """Apply a merge patch; with more seats, people move up from the waiting list.

    Participants get a message if the time changes.
    """
    row = session_row(db, session_id, actor, lock=True)
    check_may_run(db, row, actor, now)
    require_version(row, version)
    before, until = row.starts_at, row.ends_at
    new = merge(shapes(db, [row])[0], on_behalf.complete_patch(patch), CourseSessionFields)
    is_moved = (new.starts_at, new.ends_at) != (before, until)
    concerns_trainer = is_moved or new.trainer_id != row.trainer_id
    if concerns_trainer:
        trainers.check_decides_costs(db, row, actor=actor, now=now)
    _apply(db, row, new, actor, now)
    if is_moved:  # the new time may be in the past, so check again
        trainers.check_decides_costs(db, row, actor=actor, now=now)
    trainers.check_own_enrolment(db, row, is_moved=is_moved, actor=actor, now=now)
    db.flush()
    if concerns_trainer:
        session_notices.require_reachable_trainer(db, row, actor, now)
        session_notices.notify_trainer(db, row, actor, now)
    session_notices.notify_moved(db, row, before, now)
    move_up(db, row, now)
    _record(db, row, "course_session_changed", actor, now)
    return shapes(db, [row])[0]


def cancel(
    db: Session, session_id: str, reason: str | None = None, *, actor: Actor, now: Utc
) -> CourseSession:
    """Cancel the session; participants get a message with the reason.

    Raises Conflict if people have been certified in it, Invalid for an invalid reason.
    """
    row = session_row(db, session_id, actor, lock=True)
    check_may_run(db, row, actor, now)
    trainers.check_decides_costs(db, row, actor=actor, now=now)
    is_certified = EnrolmentRow.certified_at.is_not(None) & (EnrolmentRow.session_id == row.id)
    if db.scalar(select(EnrolmentRow.id).where(is_certified).limit(1)):
        raise Conflict("people have been certified in this session")
    row.cancelled_at, row.is_open = row.cancelled_at or now, False
    row.cancelled_reason = several_lines("reason", reason or "") or row.cancelled_reason
    session_notices.notify_cancelled(db, row, now)
    _record(db, row, "course_session_cancelled", actor, now)
    return shapes(db, [row])[0]


def reinstate(db: Session, session_id: str, *, actor: Actor, now: Utc) -> CourseSession:
    """Reinstate a cancelled session with its participants; people move up to free seats.

    Notifies those who were told of the cancellation, and the trainer.
    """
    row = session_row(db, session_id, actor, lock=True)
    check_may_run(db, row, actor, now)
    trainers.check_decides_costs(db, row, actor=actor, now=now)
    if row.cancelled_at is not None:
        session_notices.notify_reinstated(db, row, row.cancelled_at, now)
    row.cancelled_at = row.cancelled_reason = None
    row.is_open = row.starts_at > now
    session_notices.require_reachable_trainer(db, row, actor, now)
    session_notices.notify_trainer(db, row, actor, now, is_reinstated=True)
    move_up(db, row, now)
    _record(db, row, "course_session_held_after_all", actor, now)
    return shapes(db, [row])[0]


def close_enrolment_of_begun(db: Session, now: Utc) -> None:
    """Close enrolment (`is_open`) of sessions that have begun."""
    has_begun = CourseSessionRow.is_open & (CourseSessionRow.starts_at <= now)
    for row in db.scalars(select(CourseSessionRow).where(has_begun)):
        row.is_open = False
    db.flush()


def session_row(
    db: Session, session_id: str, actor: Actor, *, lock: bool = False
) -> CourseSessionRow:
    """Return the row if the actor may read it, locked if seats are to be assigned.

    Raises NotFound.
    """
    statement = select(CourseSessionRow).where(CourseSessionRow.id == session_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
        statement = statement.execution_options(populate_existing=True)
    row = db.scalar(statement)
    if row is None or not actor.may(Permission.RULES_READ, row.site_id):
        raise NotFound("course session", session_id)
    return row


def may_run(db: Session, row: CourseSessionRow, actor: Actor, now: Utc) -> bool:
    """Return whether the actor may run the session.

    The desk, managers, and trainers of everything that it grants may.
    """
    if actor.may(Permission.MEMBERS_WRITE, row.site_id):
        return True
    return trainers.trains_for_all(db, row, actor, now)


def check_may_run(db: Session, row: CourseSessionRow, actor: Actor, now: Utc) -> None:
    """Raise Forbidden unless the actor may run the session."""
    if not may_run(db, row, actor, now):
        raise Forbidden("this needs the desk, a manager, or a trainer of what the course grants")


def check_begun(row: CourseSessionRow, now: Utc) -> None:
    """Raise NotBegun before the session has begun; also for tokens (decision 0272)."""
    if row.starts_at > now:
        raise NotBegun("this session has not begun")


def _apply(
    db: Session, row: CourseSessionRow, new: CourseSessionFields, actor: Actor, now: Utc
) -> None:
    known_here = known_at([row.site_id])
    require_existing(
        db, "trainer_id", MemberRow.id, [new.trainer_id] if new.trainer_id else [], known_here
    )
    write(row, new, CourseSessionFields, *OnBehalf.__struct_fields__)
    trainers.check_length(row, actor=actor)
    if row.trainer_id is not None and row.trainer_id == actor.member_id:
        trainers.check_has_trainer(db, row, actor=actor, now=now)
    if (new.organisation_id, new.project_id) != (row.organisation_id, row.project_id):
        payer = OnBehalf(organisation_id=new.organisation_id, project_id=new.project_id)
        payer = on_behalf.resolve(db, [row.site_id], payer, new.starts_at)
        on_behalf.check_payer(db, row.site_id, None, payer, actor=actor)
        row.organisation_id, row.project_id = payer.organisation_id, payer.project_id
    row.is_open = row.cancelled_at is None and new.starts_at > now


def _record(db: Session, row: CourseSessionRow, action: str, actor: Actor, now: Utc) -> None:
    db.flush()
    audit.record(db, actor, now, action, f"course_session:{row.id}", row.site_id)
    post_news(db, CourseSessionNews(site=row.site_id, key=row.id))


def shapes(db: Session, rows: Sequence[CourseSessionRow]) -> list[CourseSession]:
    """Return the sessions for the API, with the numbers of people enrolled and waiting."""
    count_rows = (
        select(EnrolmentRow.session_id, EnrolmentRow.status, func.count())
        .where(EnrolmentRow.session_id.in_([row.id for row in rows]))
        .group_by(EnrolmentRow.session_id, EnrolmentRow.status)
    )
    counts = {(key, status): number for key, status, number in db.execute(count_rows)}
    past = _erased_participants(db, [row.id for row in rows])
    return [
        to_shape(
            row,
            CourseSession,
            enrolled=counts.get((row.id, EnrolmentStatus.ENROLLED), 0) + past.get(row.id, 0),
            waiting=counts.get((row.id, EnrolmentStatus.WAITING), 0),
        )
        for row in rows
    ]


def _erased_participants(db: Session, ids: Sequence[str]) -> dict[str, int]:
    """Return the number of erased participants, by session."""
    table = CourseSessionPast
    rows = db.execute(select(table.session_id, table.enrolled).where(table.session_id.in_(ids)))
    return {key: number for key, number in rows}  # noqa: C416  mypy: not pairs
