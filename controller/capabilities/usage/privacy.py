"""Personal-data rules for the tables of usage: who used which machine."""

from datetime import timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_since
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, EnrolmentStatus
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.journal_where import have_arrived
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    RetentionKind,
)
from controller.kernel.projections import EventsForgotten

OUTCOME_PERIOD = timedelta(days=7)
"""How long after a course to wait for its outcomes before its participants may erase
themselves."""
CORRECTION_PERIOD = timedelta(days=1)
"""How long after a course its trainer is given to correct outcomes that the desk has noted."""

ARRIVAL_PERIOD = timedelta(days=7)
"""How long to wait for a box that is cut off before members of its site may erase themselves."""


def forget_members(db: Session, change: EventsForgotten) -> None:
    """Remove the member from sessions whose events were deleted, which nobody can decide any more.

    An event may name several people, such as a supervisor or somebody who ended the session; a
    session of another member stays theirs.
    """
    sessions_of_events = update(SessionRow).where(SessionRow.id.in_(change.ids("session_id")))
    if change.erased is not None:
        sessions_of_events = sessions_of_events.where(SessionRow.member_ref.in_(change.erased))
    db.execute(sessions_of_events.values(member_ref=None, is_doubtful=None))


def _has_used_machines(_since: Utc) -> ColumnElement[bool]:
    """Condition that a member has used a machine, and so counts as current without a
    subscription."""
    return exists().where(SessionRow.member_ref == MemberRow.ref)


def _erasure_hindrance(db: Session, erasing: ErasureInProgress) -> str | None:
    """Return why the member can't be erased now because of their uses, or None.

    Nobody may erase themselves while a use may still be charged (0322): until its end is known or
    given up, while it is in doubt who used the machine (0325), while a box is cut off that may have
    let them use one (0333), and until the course in which it was has been over for a day and it is
    noted whether they took part.
    """
    person = erasing.person
    of_person = SessionRow.member_ref.in_((person.ref, *person.former_refs))
    open_uses = select(SessionRow.id).where(of_person, SessionRow.ended_at.is_(None)).limit(1)
    if db.scalar(open_uses.join(PointStateRow, PointStateRow.session_id == SessionRow.id)):
        return (
            N_("You are using a machine: end the session first.")
            if erasing.actor.member_id == person.id
            else N_("This person is using a machine: end the session first.")
        )
    if erasing.actor.member_id != person.id:
        return None
    if db.scalar(open_uses.where(SessionRow.given_up_at.is_(None))):
        return N_(
            "The end of one of your uses of a machine is not reported yet: wait until it is. To be "
            "erased before that, write to whoever handles personal data."
        )
    if db.scalar(select(SessionRow.id).where(of_person, SessionRow.is_doubtful.is_(True)).limit(1)):
        return N_(
            "A machine was used with a former badge of yours, and it is not decided yet who pays: "
            "wait until it is. To be erased before that, write to whoever handles personal data."
        )
    since = Utc.of(erasing.now - ARRIVAL_PERIOD)
    sites = sites_since(db, db.get_one(MemberRow, person.id), since)
    if not all(have_arrived(db, since, site_id) for site_id in sites):
        return N_(
            "The box of a machine or a door was cut off, and what you used there may not be "
            "reported yet: try again in a few minutes. If the box stays cut off, you wait a week "
            "at most. To be erased before that, write to whoever handles personal data."
        )
    in_courses = select(SessionRow.id).join(
        CourseSessionRow, CourseSessionRow.id == SessionRow.course_session_id
    )
    undecided = in_courses.join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id).where(
        of_person,
        EnrolmentRow.member_id == person.id,
        EnrolmentRow.status == EnrolmentStatus.ENROLLED,
        CourseSessionRow.cancelled_at.is_(None),
        or_(
            CourseSessionRow.ends_at > erasing.now - CORRECTION_PERIOD,
            EnrolmentRow.outcome.is_(None)
            & (CourseSessionRow.ends_at > erasing.now - OUTCOME_PERIOD),
        ),
    )
    if db.scalar(undecided.limit(1)):
        return N_(
            "You used a machine in a course, and its trainer may still change who took part: wait "
            "until the day after. To be erased before that, write to whoever handles personal data."
        )
    return None


PERSONAL_DATA = (
    PersonalDataRule(
        SessionRow,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        current=_has_used_machines,
        erasure_blocker=_erasure_hindrance,
    ),
    PersonalDataRule(UsageDay),
)
