"""The trainers of a site, and who may change a session that makes machine use free."""

from datetime import timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members import merged_records
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.training import certify_rights, scope
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldHistory,
    HeldRow,
)
from controller.domain.facts import HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden

TRAINER_LIMIT = 200
"""Maximum number of trainers that `of_site` returns."""
LONGEST_DESK_SESSION = timedelta(hours=24)
"""The longest session that somebody who works only at the desk may create; managers may create
longer ones."""


def of_site(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[tuple[str, str]]:
    """Return the id and name of each trainer of the site, ordered by name. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    statement = _select_trainers(site_id, now).order_by(MemberRow.display_name, MemberRow.id)
    return [(key, name) for key, name in db.execute(statement.limit(TRAINER_LIMIT))]


def check_has_trainer(db: Session, row: CourseSessionRow, *, actor: Actor, now: Utc) -> None:
    """Raise Forbidden if the actor works only at the desk and the session's trainer does not teach
    it here.

    Machine use during a session is free for its trainer and participants.
    """
    if is_desk_only(row, actor) and not teaches_here(db, row, row.trainer_id, now):
        raise Forbidden("the trainer of this session does not teach its course at this site")


def check_own_enrolment(
    db: Session, row: CourseSessionRow, *, is_moved: bool, actor: Actor, now: Utc
) -> None:
    """Raise Forbidden if a change by somebody at the desk would favour their own enrolment.

    The session must keep a trainer of the site, and only such a trainer may move it.
    """
    part = db.get(EnrolmentRow, (row.id, actor.member_id)) if actor.member_id else None
    if part is None or part.status is EnrolmentStatus.CANCELLED:
        return
    check_has_trainer(db, row, actor=actor, now=now)
    if is_moved and is_desk_only(row, actor) and not teaches_here(db, row, part.member_id, now):
        raise Forbidden("you take part in this session, so a trainer of the site has to move it")


def check_decides_costs(db: Session, row: CourseSessionRow, *, actor: Actor, now: Utc) -> None:
    """Raise Forbidden unless the actor may change the costs of the session's machine use.

    Once the session has begun, somebody who works only at the desk may not: its trainer, a trainer
    of everything that it grants, or a manager may (decision 0252).
    """
    if not decides_costs(db, row, actor=actor, now=now):
        raise Forbidden("this session has begun: only its trainer or a manager can change that")


def decides_costs(db: Session, row: CourseSessionRow, *, actor: Actor, now: Utc) -> bool:
    """Return whether the actor may change the costs of machine use in the session."""
    if row.starts_at > now or not is_desk_only(row, actor) or trains_for_all(db, row, actor, now):
        return True
    if row.trainer_id is None or row.trainer_id != actor.member_id:
        return False
    taught = taught_here(db, row, row.trainer_id, now)
    return bool(certify_rights.taught_by(db, actor, taught, now))


def trains_for_all(db: Session, row: CourseSessionRow, actor: Actor, now: Utc) -> bool:
    """Return whether the actor is a trainer of everything that the session's course grants."""
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    grants = course.grants if course is not None else []
    return bool(grants) and all(certify_rights.is_trainer(db, actor, g, now) for g in grants)


def was_ever_trainer_at(db: Session, site_id: str, member_id: str) -> bool:
    """Return whether the member has ever been a trainer of a certification that is valid at the
    site."""
    steps = (
        select(HeldHistory.id)
        .join(CertificationRow, CertificationRow.id == HeldHistory.certification_id)
        .where(
            HeldHistory.member_id.in_(merged_records.ids_of(db, member_id)),
            HeldHistory.level == Level.TRAINER,
            scope.counts_at(CertificationRow, [site_id]),
        )
    )
    return db.scalar(steps.limit(1)) is not None


def is_desk_only(row: CourseSessionRow, actor: Actor) -> bool:
    """Return whether the actor works at the site's desk but is not a manager there."""
    is_desk = actor.may(Permission.MEMBERS_WRITE, row.site_id)
    return is_desk and not actor.may(Permission.RULES_WRITE, row.site_id)


def check_length(row: CourseSessionRow, *, actor: Actor) -> None:
    """Raise Forbidden for a session of more than a day, unless the actor is a manager."""
    if row.ends_at - row.starts_at > LONGEST_DESK_SESSION:
        actor.require(Permission.RULES_WRITE, row.site_id)


def teaches_here(db: Session, row: CourseSessionRow, member_id: str | None, now: Utc) -> bool:
    """Return whether the member teaches the session's course at its site; see `taught_in`."""
    return bool(taught_in(db, row, member_id, now))


def taught_in(db: Session, row: CourseSessionRow, member_id: str | None, now: Utc) -> set[str]:
    """Return what `taught_here` returns, limited to what the session's course grants, or requires
    if it grants nothing."""
    taught = taught_here(db, row, member_id, now)
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    in_course = (course.grants or course.requires) if course else ()
    return taught.intersection(in_course) if in_course else taught


def taught_here(db: Session, row: CourseSessionRow, member_id: str | None, now: Utc) -> set[str]:
    """Return the certifications valid at the session's site of which the member is a trainer."""
    of_member = _select_trainers(row.site_id, now).where(MemberRow.id == member_id)
    return set(db.scalars(of_member.with_only_columns(HeldRow.certification_id)))


def _select_trainers(site_id: str, now: Utc) -> Select[str, str]:
    taught = select(CertificationRow.id).where(scope.counts_at(CertificationRow, [site_id]))
    return (
        select(MemberRow.id, MemberRow.display_name)
        .join(HeldRow, HeldRow.member_id == MemberRow.id)
        .where(
            known_at([site_id]),
            MemberRow.status.not_in((MemberStatus.SUSPENDED, MemberStatus.LEFT)),
            HeldRow.certification_id.in_(taught),
            HeldRow.level == Level.TRAINER,
            HeldRow.status == HeldStatus.ACTIVE,
            or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
        )
        .distinct()
    )
