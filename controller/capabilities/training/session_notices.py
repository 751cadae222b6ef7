"""Notifies participants and trainers that a course session was cancelled, reinstated or moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import handing_over
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import write
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.recipients import all_recipients
from controller.capabilities.training import trainers
from controller.capabilities.training.messages import (
    NamedTrainerMessage,
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
)
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.shapes import Label
from controller.policy.reading import from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledSession:
    """A cancelled session of a member who was enrolled or waiting."""

    name: Label | None
    theme: str | None
    starts_at: Utc
    reason: str | None


def cancelled_sessions(
    db: Session, member_id: str, site_id: str, *, actor: Actor, now: Utc
) -> list[CancelledSession]:
    """Return the cancelled future sessions in which the member was enrolled or waiting.

    Only for that member. Raises NotFound.
    """
    if actor.member_id != member_id:
        raise NotFound("member", member_id)
    rows = db.execute(
        select(CourseSessionRow, CourseRow.name)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            EnrolmentRow.member_id == member_id,
            EnrolmentRow.status != EnrolmentStatus.CANCELLED,
            CourseSessionRow.site_id == site_id,
            CourseSessionRow.cancelled_at.is_not(None),
            CourseSessionRow.starts_at > now,
        )
        .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
    )
    return [
        CancelledSession(
            name=from_json(name, Label) if name else None,
            theme=session.theme,
            starts_at=session.starts_at,
            reason=session.cancelled_reason,
        )
        for session, name in rows
    ]


def notify_cancelled(db: Session, session: CourseSessionRow, now: Utc) -> None:
    """Notify everybody enrolled or waiting, once, that the session is cancelled, if it is in the
    future."""
    if session.cancelled_at is None or session.starts_at <= now:
        return
    message = SessionCancelledMessage(
        course=_name(db, session), starts_at=session.starts_at.text(), session_id=session.id
    )
    for enrolment in _enrolments(db, session):
        key = _key(enrolment, session.cancelled_at)
        write.to_member(db, enrolment.member_id, message, site_id=session.site_id, key=key, now=now)


def notify_reinstated(db: Session, session: CourseSessionRow, cancelled_at: Utc, now: Utc) -> None:
    """Notify those who may know of the cancellation that the session takes place after all.

    The reinstatement is also stored in the enrolments, since not everybody gets messages. Does
    nothing for a session in the past.
    """
    if session.starts_at <= now:
        return
    message = SessionReinstatedMessage(
        course=_name(db, session), starts_at=session.starts_at.text(), session_id=session.id
    )
    for enrolment, member in reinstatement_recipients(db, session, cancelled_at):
        enrolment.reinstated_at = now
        key = _key(enrolment, cancelled_at)
        write.to_member(db, member.id, message, site_id=session.site_id, key=key, now=now)


def reinstatement_recipients(
    db: Session, session: CourseSessionRow, cancelled_at: Utc
) -> list[tuple[EnrolmentRow, MemberRow]]:
    """Return who to notify of a reinstatement: everybody who may know of the cancellation.

    A member does not know of it while their message is still waiting and can be delivered. Once the
    session is reinstated, that message is not sent any more. Without a message, or if it can't be
    delivered, somebody may have phoned them.
    """
    enrolments = _enrolments(db, session)
    rows = [(enrolment, db.get_one(MemberRow, enrolment.member_id)) for enrolment in enrolments]
    keys = [_key(enrolment, cancelled_at) for enrolment in enrolments]
    of_cancellation = (MessageRow.what == SessionCancelledMessage.WHAT) & MessageRow.key.in_(keys)
    messages = {
        message.key: message for message in db.scalars(select(MessageRow).where(of_cancellation))
    }
    notified = [(member, messages.get(key)) for (_, member), key in zip(rows, keys, strict=True)]
    recipients = all_recipients(db, notified, (SessionCancelledMessage,), may_call=False)
    return [
        row
        for row, (_, message), recipient in zip(rows, notified, recipients, strict=True)
        if message is None or message.attempts > 0 or recipient.unreachable is not None
    ]


def notify_moved(db: Session, session: CourseSessionRow, before: Utc, now: Utc) -> None:
    """Notify everybody enrolled or waiting that the session has another time, if it is in the
    future.

    The change is also stored in the enrolment, since not everybody gets messages.
    """
    if session.cancelled_at is not None or session.starts_at == before or session.starts_at <= now:
        return
    message = SessionMovedMessage(
        course=_name(db, session),
        before=before.text(),
        starts_at=session.starts_at.text(),
        session_id=session.id,
    )
    for enrolment in _enrolments(db, session):
        enrolment.time_changed_at = now
        key = _key(enrolment, now)
        write.to_member(db, enrolment.member_id, message, site_id=session.site_id, key=key, now=now)


def require_reachable_trainer(
    db: Session, session: CourseSessionRow, actor: Actor, now: Utc
) -> None:
    """Raise Forbidden if somebody who works only at the desk names a trainer, or moves their
    session, although no message would reach that trainer.

    Machine use in a session is free because its trainer is responsible for it, so the trainer has
    to hear of it. An address that staff changed recently does not count, since it may be their own.
    """
    member = _other_trainer(db, session, actor)
    if member is None or not trainers.is_desk_only(session, actor):
        return
    if not handing_over.has_settled_address(db, member, now):
        raise Forbidden(
            "no message reaches this trainer, or only at an address that staff entered recently;"
            " a manager can name them"
        )


def notify_trainer(
    db: Session, session: CourseSessionRow, actor: Actor, now: Utc, *, is_reinstated: bool = False
) -> None:
    """Notify the trainer that the desk named them for this session or moved it.

    If the session is cancelled, the trainer is only notified once it is reinstated. The message
    also goes to the trainer's previous addresses.
    """
    member = _other_trainer(db, session, actor)
    is_concerned = is_reinstated or trainers.is_desk_only(session, actor)
    if member is None or session.cancelled_at is not None or not is_concerned:
        return
    message = NamedTrainerMessage(
        course=_course_name(db, session),
        starts_at=session.starts_at.text(),
        ends_at=session.ends_at.text(),
    )
    key = f"{session.id}/{member.id}/{message.starts_at}/{message.ends_at}/{now.text()}"
    for number, address in enumerate(handing_over.notice_addresses(db, member, now)):
        message_key = f"{key}/{number}"
        site_id = session.site_id
        write.to_member_at(db, member, address, message, site_id=site_id, key=message_key, now=now)


def _other_trainer(db: Session, session: CourseSessionRow, actor: Actor) -> MemberRow | None:
    """Return the session's trainer; None if it has none, or if the actor is the trainer."""
    if session.trainer_id is None or session.trainer_id == actor.member_id:
        return None
    return db.get_one(MemberRow, session.trainer_id)


def _name(db: Session, session: CourseSessionRow) -> dict[str, str]:
    return _course_name(db, session) or {"fr": session.theme or ""}


def _course_name(db: Session, session: CourseSessionRow) -> dict[str, str]:
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    return course.name if course else {}


def _enrolments(db: Session, session: CourseSessionRow) -> Sequence[EnrolmentRow]:
    statement = select(EnrolmentRow).where(
        EnrolmentRow.session_id == session.id, EnrolmentRow.status != EnrolmentStatus.CANCELLED
    )
    return db.scalars(statement.order_by(EnrolmentRow.id)).all()


def _key(enrolment: EnrolmentRow, at: Utc) -> str:
    return f"{enrolment.id}/{at.text()}"
