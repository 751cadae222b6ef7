"""Who gets messages about changes to a course session, and whether the messages arrived."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.recipients import Recipient, all_recipients
from controller.capabilities.training.course_sessions import session_row
from controller.capabilities.training.messages import (
    MovedUpMessage,
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
)
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, EnrolmentStatus
from controller.capabilities.training.session_notices import reinstatement_recipients
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.message import Message

_KINDS: tuple[type[Message], ...] = (SessionCancelledMessage, SessionMovedMessage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The last change to a session that participants were notified of, and the recipients."""

    what: str
    """`WHAT` of the message."""
    at: Utc
    recipients: tuple[Recipient, ...]


def recipients(db: Session, session_id: str, *, actor: Actor) -> list[Recipient]:
    """Return who would be notified if the session were moved or cancelled, or if it is cancelled:
    reinstated.

    Raises NotFound, Forbidden.
    """
    session = session_row(db, session_id, actor)
    actor.require(Permission.MEMBERS_READ, session.site_id)
    rows, kinds = _participants(db, session), _KINDS
    if session.cancelled_at is not None:
        rows = reinstatement_recipients(db, session, session.cancelled_at)
        kinds = (SessionReinstatedMessage,)
    may_call = actor.may(Permission.MEMBERS_WRITE, session.site_id)
    unwritten = [(member, None) for _enrolment, member in rows]
    return all_recipients(db, unwritten, kinds, may_call)


def last_notice(db: Session, session_id: str, *, actor: Actor) -> Notice | None:
    """Return the session's last change with its recipients; None without a change to notify of.

    Raises NotFound, Forbidden.
    """
    session = session_row(db, session_id, actor)
    actor.require(Permission.MEMBERS_READ, session.site_id)
    rows = _participants(db, session)
    change = _last_change(session, [enrolment for enrolment, _member in rows])
    if change is None:
        return None
    at, kind, concerned = change
    affected = [(enrolment, at, member) for enrolment, member in rows if enrolment.id in concerned]
    written = _letters(db, kind, affected)
    may_call = actor.may(Permission.MEMBERS_WRITE, session.site_id)
    reached = all_recipients(db, written, (kind,), may_call)
    return Notice(what=kind.WHAT, at=at, recipients=tuple(reached))


def _last_change(
    session: CourseSessionRow, enrolments: Sequence[EnrolmentRow]
) -> tuple[Utc, type[Message], set[str]] | None:
    """Return when the session was last moved, cancelled or reinstated, the kind of message, and
    the enrolments of those whom it concerns."""
    if session.cancelled_at is not None:
        if session.cancelled_at >= session.starts_at:
            return None
        return session.cancelled_at, SessionCancelledMessage, {row.id for row in enrolments}
    changes: list[tuple[Utc, type[Message], str]] = []
    for row in enrolments:
        if row.time_changed_at is not None:
            changes.append((row.time_changed_at, SessionMovedMessage, row.id))
        if row.reinstated_at is not None:
            changes.append((row.reinstated_at, SessionReinstatedMessage, row.id))
    if not changes:
        return None
    at, kind, _ = max(changes, key=lambda change: change[0])
    return at, kind, {key for when, what, key in changes if (when, what) == (at, kind)}


def moved_up(
    db: Session, session_id: str, *, at: Utc | None = None, actor: Actor
) -> list[Recipient]:
    """Return who moved up from the waiting list and still has the seat.

    Nobody while the session is cancelled, or if the actor may not read members. `at`: only those
    who moved up then. Raises NotFound.
    """
    session = session_row(db, session_id, actor)
    if not actor.may(Permission.MEMBERS_READ, session.site_id):
        return []
    may_call = actor.may(Permission.MEMBERS_WRITE, session.site_id)
    found = moved_up_members(db, CourseSessionRow.id == session.id, may_call=may_call)
    return [one.recipient for one in found if at in (None, one.at)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentChange:
    """A change to a member's enrolment of which they are to be told."""

    what: str
    """`WHAT` of the message."""
    session: CourseSessionRow
    enrolment: EnrolmentRow
    at: Utc
    recipient: Recipient


def moved_up_members(
    db: Session, condition: ColumnElement[bool], *, may_call: bool
) -> list[EnrolmentChange]:
    """Return who moved up in these sessions, in two queries, by when they did."""
    is_enrolled = EnrolmentRow.status == EnrolmentStatus.ENROLLED
    takes_place = condition & is_enrolled & CourseSessionRow.cancelled_at.is_(None)
    return _changes(db, EnrolmentRow.moved_up_at, MovedUpMessage, takes_place, may_call=may_call)


def to_call(db: Session, site_id: str, *, now: Utc) -> list[EnrolmentChange]:
    """Return whom no message tells of a change to an upcoming session, or of their seat in it.

    Whoever got a seat at the same time or later hears the rest with that.
    """
    is_ahead = (CourseSessionRow.site_id == site_id) & (CourseSessionRow.starts_at > now)
    takes_part = is_ahead & (EnrolmentRow.status != EnrolmentStatus.CANCELLED)
    takes_place = takes_part & CourseSessionRow.cancelled_at.is_(None)
    changes = (
        *_changes(db, EnrolmentRow.time_changed_at, SessionMovedMessage, takes_place),
        *_changes(db, EnrolmentRow.reinstated_at, SessionReinstatedMessage, takes_place),
    )
    found = [
        *moved_up_members(db, is_ahead, may_call=False),
        *(one for one in changes if _is_last(one)),
        *_changes(db, CourseSessionRow.cancelled_at, SessionCancelledMessage, takes_part),
    ]
    return [one for one in found if one.recipient.unreachable is not None]


def _is_last(change: EnrolmentChange) -> bool:
    row = change.enrolment
    times = [at for at in (row.time_changed_at, row.reinstated_at) if at is not None]
    has_seat_since = row.moved_up_at is not None and row.moved_up_at >= change.at
    return change.at == max(times) and not has_seat_since


def _changes(
    db: Session,
    time: InstrumentedAttribute[Utc | None],
    message: type[Message],
    condition: ColumnElement[bool],
    *,
    may_call: bool = False,
) -> list[EnrolmentChange]:
    found = db.execute(
        select(CourseSessionRow, EnrolmentRow, time, MemberRow)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .join(MemberRow, MemberRow.id == EnrolmentRow.member_id)
        .where(condition, time.is_not(None))
        .order_by(time, EnrolmentRow.id)
    )
    rows = [(session, enrolment, at, member) for session, enrolment, at, member in found if at]
    written = _letters(db, message, [(enrolment, at, member) for _, enrolment, at, member in rows])
    reached = all_recipients(db, written, (message,), may_call)
    return [
        EnrolmentChange(
            what=message.WHAT, session=session, enrolment=enrolment, at=at, recipient=reachability
        )
        for (session, enrolment, at, _member), reachability in zip(rows, reached, strict=True)
    ]


def _participants(db: Session, session: CourseSessionRow) -> list[tuple[EnrolmentRow, MemberRow]]:
    rows = db.execute(
        select(EnrolmentRow, MemberRow)
        .join(MemberRow, MemberRow.id == EnrolmentRow.member_id)
        .where(
            EnrolmentRow.session_id == session.id, EnrolmentRow.status != EnrolmentStatus.CANCELLED
        )
        .order_by(EnrolmentRow.id)
    )
    return [(enrolment, member) for enrolment, member in rows]


def _letters(
    db: Session, message: type[Message], affected: Sequence[tuple[EnrolmentRow, Utc, MemberRow]]
) -> list[tuple[MemberRow, MessageRow | None]]:
    """Return each member with the message that was written when their enrolment changed, or
    since."""
    ids = {member.id for *_, member in affected}
    if not ids:
        return []
    of_kind = (MessageRow.what == message.WHAT) & MessageRow.member_id.in_(ids)
    letters = {
        letter.key.partition("/")[0]: letter
        for letter in db.scalars(select(MessageRow).where(of_kind).order_by(MessageRow.id))
    }
    written: list[tuple[MemberRow, MessageRow | None]] = []
    for enrolment, at, member in affected:
        letter = letters.get(enrolment.id)
        written.append((member, letter if letter and letter.written_at >= at else None))
    return written
