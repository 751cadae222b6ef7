"""Who gets messages about changes to a course session, and whether the messages arrived."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.recipients import Recipient, all_recipients, recipient
from controller.capabilities.training.course_sessions import session_row
from controller.capabilities.training.messages import (
    MovedUpMessage,
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
)
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, EnrolmentStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.message import Message

_KINDS: tuple[type[Message], ...] = (
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The last change to a session that participants were notified of, and the recipients."""

    what: str
    """`WHAT` of the message."""
    at: Utc
    recipients: tuple[Recipient, ...]


def recipients(db: Session, session_id: str, *, actor: Actor) -> list[Recipient]:
    """Return who would be notified if the session were moved or cancelled.

    Raises NotFound, Forbidden.
    """
    session = session_row(db, session_id, actor)
    actor.require(Permission.MEMBERS_READ, session.site_id)
    rows = _participants(db, session)
    may_call = actor.may(Permission.MEMBERS_WRITE, session.site_id)
    unwritten = [(member, None) for _enrolment, member in rows]
    return all_recipients(db, unwritten, _KINDS[:2], may_call)


def last_notice(db: Session, session_id: str, *, actor: Actor) -> Notice | None:
    """Return the session's last change with its recipients; None without a change to notify of.

    Raises NotFound, Forbidden.
    """
    session = session_row(db, session_id, actor)
    actor.require(Permission.MEMBERS_READ, session.site_id)
    rows = _participants(db, session)
    letters = _letters(db, session, [enrolment for enrolment, _member in rows])
    newest = max(letters.values(), key=lambda row: row.id, default=None)
    message_kind, at = (newest.what, newest.written_at) if newest else ("", None)
    moved_at = max(filter(None, (enrolment.time_changed_at for enrolment, _ in rows)), default=None)
    if moved_at is not None and (at is None or moved_at > at):
        message_kind, at = SessionMovedMessage.WHAT, moved_at  # nobody had an address
    if session.cancelled_at is not None and message_kind != SessionCancelledMessage.WHAT:
        if session.cancelled_at >= session.starts_at:
            return None
        # nobody had an address
        message_kind, at, newest = SessionCancelledMessage.WHAT, session.cancelled_at, None
    if at is None:
        return None
    kinds = tuple(kind for kind in _KINDS if message_kind == kind.WHAT)
    may_call = actor.may(Permission.MEMBERS_WRITE, session.site_id)
    current_recipients = []
    for enrolment, member in rows:
        letter = letters.get(enrolment.id)
        is_of_change = letter is not None and (letter.what, letter.written_at) == (message_kind, at)
        if message_kind == SessionMovedMessage.WHAT:
            is_concerned = enrolment.time_changed_at == at
        else:
            is_concerned = is_of_change or newest is None or enrolment.id < newest.id
        if is_concerned:
            own_letter = letter if is_of_change else None
            current_recipients.append(recipient(db, member, kinds, own_letter, may_call))
    return Notice(what=message_kind, at=at, recipients=tuple(current_recipients))


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
    return [one.recipient for one in found if at in (None, one.enrolment.moved_up_at)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedUp:
    """A member who moved up from the waiting list of a session."""

    session: CourseSessionRow
    enrolment: EnrolmentRow
    recipient: Recipient


def moved_up_members(
    db: Session, condition: ColumnElement[bool], *, may_call: bool
) -> list[MovedUp]:
    """Return who moved up in these sessions, in two queries, by when they did."""
    rows = db.execute(
        select(CourseSessionRow, EnrolmentRow, MemberRow)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .join(MemberRow, MemberRow.id == EnrolmentRow.member_id)
        .where(
            condition,
            CourseSessionRow.cancelled_at.is_(None),
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.moved_up_at.is_not(None),
        )
        .order_by(EnrolmentRow.moved_up_at, EnrolmentRow.id)
    ).all()
    letters = {
        letter.key.partition("/")[0]: letter
        for letter in db.scalars(
            select(MessageRow)
            .where(
                MessageRow.what == MovedUpMessage.WHAT,
                MessageRow.member_id.in_({member.id for *_, member in rows}),
            )
            .order_by(MessageRow.id)
        )
    }
    written = [(member, letters.get(enrolment.id)) for _session, enrolment, member in rows]
    reached = all_recipients(db, written, (MovedUpMessage,), may_call)
    return [
        MovedUp(session=session, enrolment=enrolment, recipient=reachability)
        for (session, enrolment, _member), reachability in zip(rows, reached, strict=True)
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
    db: Session, session: CourseSessionRow, enrolments: Sequence[EnrolmentRow]
) -> dict[str, MessageRow]:
    """Return the newest message to each participant, by enrolment."""
    rows = db.scalars(
        select(MessageRow)
        .where(
            MessageRow.site_id == session.site_id,
            MessageRow.what.in_([kind.WHAT for kind in _KINDS]),
            MessageRow.member_id.in_([row.member_id for row in enrolments]),
        )
        .order_by(MessageRow.id)
    )
    return {
        row.key.partition("/")[0]: row for row in rows if row.detail["session_id"] == session.id
    }
