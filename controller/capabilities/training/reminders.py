"""Finds the reminders to send: certifications that end in 60 or 14 days, sessions in a day."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices
from controller.capabilities.messages.reminders import Reminder, Window
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
    Scope,
    ValidityKind,
)
from controller.capabilities.training.reminder_messages import (
    CertificationEndsMessage,
    CourseReminderMessage,
)
from controller.domain.facts import HeldStatus, MemberStatus

DAYS_BEFORE = (60, 14)
"""How many days before its end a certification's holder gets a reminder."""
DAY_BEFORE = timedelta(days=1)
"""How long before its start a course session's participants get a reminder."""


def find_certifications(db: Session, site_id: str, window: Window) -> Iterator[Reminder]:
    """Yield reminders for certifications that end 60 or 14 days (`DAYS_BEFORE`) after the
    window."""
    if site_choices.is_written(db, CertificationEndsMessage, site_id):
        for days in DAYS_BEFORE:
            yield from _warnings(db, site_id, window, days)


def find_sessions(db: Session, site_id: str, window: Window) -> Iterator[Reminder]:
    """Yield reminders for the participants of sessions that begin a day after the window."""
    if not site_choices.is_written(db, CourseReminderMessage, site_id):
        return
    soon = window.shifted(DAY_BEFORE)
    rows = db.execute(
        select(CourseSessionRow, EnrolmentRow, CourseRow)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            CourseSessionRow.is_open,
            CourseSessionRow.starts_at > max(soon.after, window.until),
            CourseSessionRow.starts_at <= soon.until,
            CourseSessionRow.site_id == site_id,
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
        )
        .order_by(EnrolmentRow.id)
    ).all()
    for session, enrolment, course in rows:
        message = CourseReminderMessage(
            enrolment_id=enrolment.id,
            session_id=session.id,
            course=course.name if course else {"fr": session.theme or ""},
            starts_at=session.starts_at.text(),
            ends_at=session.ends_at.text(),
        )
        key = f"{enrolment.id}/{message.starts_at}"
        yield Reminder(member_id=enrolment.member_id, message=message, key=key)


def _warnings(db: Session, site_id: str, window: Window, days: int) -> Iterator[Reminder]:
    """Yield a reminder for each certification that ends in `days`, except ones with less than twice
    that validity."""
    notice = timedelta(days=days)
    ending = window.shifted(notice)
    is_network = CertificationRow.scope == Scope.NETWORK
    rows = db.execute(
        select(HeldRow, CertificationRow)
        .join(CertificationRow, CertificationRow.id == HeldRow.certification_id)
        .join(MemberRow, MemberRow.id == HeldRow.member_id)
        .where(
            HeldRow.valid_until > ending.after,
            HeldRow.valid_until <= ending.until,
            HeldRow.status == HeldStatus.ACTIVE,
            (is_network & (MemberRow.site_id == site_id))
            | (~is_network & (CertificationRow.site_id == site_id)),
            MemberRow.status == MemberStatus.ACTIVE,
            MemberRow.email.is_not(None),
        )
        .order_by(HeldRow.member_id, HeldRow.certification_id)
    ).all()
    for row, certification in rows:
        if row.valid_until is None or _validity(row, certification) < 2 * notice:
            continue
        message = CertificationEndsMessage(
            member_id=row.member_id,
            certification_id=row.certification_id,
            name=certification.name,
            ends_at=row.valid_until.text(),
            ends_by_disuse=certification.validity_kind is ValidityKind.DISUSE,
        )
        key = f"{row.member_id}/{row.certification_id}/{message.ends_at}/{days}"
        yield Reminder(member_id=row.member_id, message=message, key=key)


def _validity(row: HeldRow, certification: CertificationRow) -> timedelta:
    """Return how long the certification is valid.

    From the last use if it ends by disuse, otherwise from when it was given.
    """
    if certification.validity_kind is ValidityKind.DISUSE:
        return timedelta(days=certification.validity_days or 0)
    return (row.valid_until or row.valid_from) - row.valid_from
