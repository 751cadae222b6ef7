"""Who teaches at a site: trainers of what counts there, and who answers for a session."""

from datetime import timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members import former
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

MOST = 200
LONGEST = timedelta(hours=24)
"""A session that who works at the desk plans; managers plan longer ones."""


def of_site(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[tuple[str, str]]:
    """Id and name of each, by name. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    statement = _teaching(site_id, now).order_by(MemberRow.display_name, MemberRow.id)
    return [(key, name) for key, name in db.execute(statement.limit(MOST))]


def check_not_for_oneself(db: Session, row: CourseSessionRow, *, actor: Actor, now: Utc) -> None:
    """What is used during a session costs its trainer and those who take part nothing.

    So who works at the desk has a part in one only where somebody else teaches, or teaches here.
    Raises Forbidden.
    """
    if is_desk_only(row, actor) and not teaches_here(db, row, row.trainer_id, now):
        raise Forbidden("nobody who teaches here is named as trainer of this session")


def check_own_part(
    db: Session, row: CourseSessionRow, *, is_moved: bool, actor: Actor, now: Utc
) -> None:
    """Who works at the desk and takes part: somebody still teaches, and who teaches here moves it.

    Raises Forbidden.
    """
    part = db.get(EnrolmentRow, (row.id, actor.member_id)) if actor.member_id else None
    if part is None or part.status is EnrolmentStatus.CANCELLED:
        return
    check_not_for_oneself(db, row, actor=actor, now=now)
    if is_moved and is_desk_only(row, actor) and not teaches_here(db, row, part.member_id, now):
        raise Forbidden("you take part in this session: somebody who teaches moves it")


def check_decides_costs(db: Session, row: CourseSessionRow, *, actor: Actor, now: Utc) -> None:
    """Raise Forbidden where somebody who runs it does not change what its machines cost.

    Once it has begun, who only works at the desk does not: its trainer does, who trains for all
    that it grants, or a manager (decision 0252).
    """
    if not decides_costs(db, row, actor=actor, now=now):
        raise Forbidden("this session has begun: who teaches it, or a manager, changes that")


def decides_costs(db: Session, row: CourseSessionRow, *, actor: Actor, now: Utc) -> bool:
    """Whether the actor may change what the session's machines cost."""
    if row.starts_at > now or not is_desk_only(row, actor) or trains_for_all(db, row, actor, now):
        return True
    if row.trainer_id is None or row.trainer_id != actor.member_id:
        return False
    theirs = taught_here(db, row, row.trainer_id, now)
    return bool(certify_rights.taught_by(db, actor, theirs, now))


def trains_for_all(db: Session, row: CourseSessionRow, actor: Actor, now: Utc) -> bool:
    """Whether the actor is a trainer of all that the session's course grants."""
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    grants = course.grants if course is not None else []
    return bool(grants) and all(certify_rights.is_trainer(db, actor, g, now) for g in grants)


def has_taught(db: Session, site_id: str, member_id: str) -> bool:
    """Whether this person has ever been a trainer of something that counts there."""
    steps = (
        select(HeldHistory.id)
        .join(CertificationRow, CertificationRow.id == HeldHistory.certification_id)
        .where(
            HeldHistory.member_id.in_(former.ids_of(db, member_id)),
            HeldHistory.level == Level.TRAINER,
            scope.counts_at(CertificationRow, [site_id]),
        )
    )
    return db.scalar(steps.limit(1)) is not None


def is_desk_only(row: CourseSessionRow, actor: Actor) -> bool:
    """Whether the actor works at the desk there, and manages nothing."""
    is_desk = actor.may(Permission.MEMBERS_WRITE, row.site_id)
    return is_desk and not actor.may(Permission.RULES_WRITE, row.site_id)


def check_length(row: CourseSessionRow, *, actor: Actor) -> None:
    """Raise Forbidden for a session of more than a day, but for managers."""
    if row.ends_at - row.starts_at > LONGEST:
        actor.require(Permission.RULES_WRITE, row.site_id)


def teaches_here(db: Session, row: CourseSessionRow, member_id: str | None, now: Utc) -> bool:
    """Whether this person trains for something that counts at the session's site."""
    return bool(taught_here(db, row, member_id, now))


def taught_here(db: Session, row: CourseSessionRow, member_id: str | None, now: Utc) -> set[str]:
    """The certifications that count at the session's site and for which this person trains."""
    theirs = _teaching(row.site_id, now).where(MemberRow.id == member_id)
    return set(db.scalars(theirs.with_only_columns(HeldRow.certification_id)))


def _teaching(site_id: str, now: Utc) -> Select[str, str]:
    """Id and name of each."""
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
