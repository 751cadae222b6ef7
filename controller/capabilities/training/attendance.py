"""Attendance of course sessions: arrivals at the desk, and who took part."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import trainers
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    Outcome,
)
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.outbox import post_news
from controller.policy.reading import chunks, from_json

ARRIVAL_MARGIN = timedelta(hours=2)
"""How long before a session an arrival counts as for the session."""
_COUNTS = EnrolmentRow.status == EnrolmentStatus.ENROLLED
"""The condition that an enrolment is neither cancelled nor waiting."""


def awaiting_sessions(
    db: Session, member_id: str, site_id: str, *, at: Utc
) -> list[tuple[CourseSessionRow, Name]]:
    """Return the current and imminent sessions in which a member is enrolled and has not
    arrived."""
    statement = (
        select(CourseSessionRow, CourseRow.name)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            EnrolmentRow.member_id == member_id,
            _COUNTS,
            EnrolmentRow.attended_at.is_(None),
            EnrolmentRow.outcome.is_(None),
            CourseSessionRow.site_id == site_id,
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.starts_at <= Utc.of(at + ARRIVAL_MARGIN),
            CourseSessionRow.ends_at > at,
        )
        .order_by(CourseSessionRow.starts_at)
    )
    return [
        (session, from_json(name, Name) if name else Name(fr=session.theme or ""))
        for session, name in db.execute(statement)
    ]


def record_arrival(
    db: Session, member_id: str, site_id: str, *, at: Utc, actor: Actor
) -> dict[str, Name]:
    """Mark the member as arrived at `at`; return the sessions' names by id. Raises Forbidden."""
    actor.require(Permission.MEMBERS_WRITE, site_id)
    sessions = awaiting_sessions(db, member_id, site_id, at=at)
    for session, _ in sessions:
        _set_arrival(db, session, member_id, at)
    return {session.id: name for session, name in sessions}


def undo_arrival(
    db: Session, member_id: str, site_id: str, sessions: Iterable[str], *, actor: Actor
) -> None:
    """Undo an arrival that was recorded by mistake, unless there is an outcome. Raises
    Forbidden."""
    actor.require(Permission.MEMBERS_WRITE, site_id)
    conditions = CourseSessionRow.id.in_([*sessions]) & (CourseSessionRow.site_id == site_id)
    for session in db.scalars(select(CourseSessionRow).where(conditions)):
        _set_arrival(db, session, member_id, None)


CourseUse = tuple[str, str, Utc]
"""Id of a course session, reference of the member who used a machine, and the start of the use."""


def uses_outside_course(db: Session, uses: Collection[CourseUse]) -> set[CourseUse]:
    """Return the uses that do not belong to the course after all (ADR 0252).

    A use belongs to it if it begins within the session as it is now, not cancelled, by its trainer
    or an enrolled member who is not absent. Uses of erased members are left unchanged.
    """
    outside: set[CourseUse] = set()
    for batch in chunks(sorted(uses)):
        keys, refs = {use[0] for use in batch}, {use[1] for use in batch}
        sessions_query = select(CourseSessionRow).where(CourseSessionRow.id.in_(keys))
        sessions = {row.id: row for row in db.scalars(sessions_query)}
        people = select(MemberRow.ref, MemberRow.id).where(MemberRow.ref.in_(refs))
        members = {row.ref: row.id for row in db.execute(people)}
        participating_since = _participation_starts(db, sessions.values())
        for use in batch:
            session, member = sessions.get(use[0]), members.get(use[1])
            if session is None or member is None:
                continue
            is_within = session.starts_at <= use[2] < session.ends_at
            since = participating_since.get((session.id, member))
            is_there = since is not None and since <= use[2] and session.cancelled_at is None
            if not (is_within and is_there):
                outside.add(use)
    return outside


def ends_of(db: Session, sessions: Collection[str]) -> dict[str, Utc]:
    """Return when these course sessions end, by id."""
    end_of_session: dict[str, Utc] = {}
    for batch in chunks(sorted(sessions)):
        ends = select(CourseSessionRow.id, CourseSessionRow.ends_at)
        end_of_session |= {
            row.id: row.ends_at for row in db.execute(ends.where(CourseSessionRow.id.in_(batch)))
        }
    return end_of_session


def _participation_starts(
    db: Session, sessions: Collection[CourseSessionRow]
) -> dict[tuple[str, str], Utc]:
    """Return since when each participant (not absent) and trainer takes part, by session.

    Since anybody can be named as trainer, only those who were ever trainers at the site count.
    """
    starts = {row.id: row.starts_at for row in sessions}
    attending = select(
        EnrolmentRow.session_id, EnrolmentRow.member_id, EnrolmentRow.counts_from
    ).where(
        EnrolmentRow.session_id.in_([session.id for session in sessions]),
        _COUNTS,
        or_(EnrolmentRow.outcome.is_(None), EnrolmentRow.outcome != Outcome.ABSENT),
    )
    participants = {
        (row.session_id, row.member_id): row.counts_from or starts[row.session_id]
        for row in db.execute(attending)
    }
    site_trainers = {(row.site_id, row.trainer_id) for row in sessions if row.trainer_id}
    teaching = {pair for pair in site_trainers if trainers.was_ever_trainer_at(db, *pair)}
    return participants | {
        (row.id, row.trainer_id): row.starts_at
        for row in sessions
        if row.trainer_id and (row.site_id, row.trainer_id) in teaching
    }


def _set_arrival(db: Session, session: CourseSessionRow, member_id: str, at: Utc | None) -> None:
    row = db.get(EnrolmentRow, (session.id, member_id))
    if row is None or row.outcome is not None:
        return
    row.attended_at = at
    db.flush()
    post_news(db, CourseSessionNews(site=session.site_id, key=session.id))


# One rule for statistics, pages and erasure.

_CAME = frozenset({Outcome.PASSED, Outcome.TO_REVIEW})


def took_part() -> ColumnElement[bool]:
    """Return the condition that a member took part, by the outcome, or else the arrival."""
    has_arrived = and_(EnrolmentRow.outcome.is_(None), EnrolmentRow.attended_at.is_not(None))
    came = or_(EnrolmentRow.outcome.in_(_CAME), has_arrived)
    return and_(EnrolmentRow.status == EnrolmentStatus.ENROLLED, came)


def _present_now() -> Select[MemberRow, Utc | None]:
    since = func.max(func.coalesce(EnrolmentRow.attended_at, EnrolmentRow.outcome_at))
    noted = (
        select(EnrolmentRow.member_id, since.label("since"))
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .where(
            took_part(),
            CourseSessionRow.site_id == bindparam("site"),
            CourseSessionRow.cancelled_at.is_(None),
            CourseSessionRow.starts_at <= bindparam("latest_start"),
            CourseSessionRow.ends_at > bindparam("now"),
        )
        .group_by(EnrolmentRow.member_id)
        .subquery()
    )
    return (
        select(MemberRow, noted.c.since)
        .join(noted, noted.c.member_id == MemberRow.id)
        .order_by(MemberRow.display_name, MemberRow.id)
    )


_PRESENT_NOW = _present_now()
"""Built once, since every page runs it."""


def present_now(db: Session, site_id: str, now: Utc) -> list[tuple[MemberRow, Utc]]:
    """Return who is noted as present in a site's current sessions, by name, and since when."""
    times = {"now": now, "latest_start": Utc.of(now + ARRIVAL_MARGIN)}
    rows = db.execute(_PRESENT_NOW, {"site": site_id, **times})
    return [(row, at) for row, at in rows if at is not None]


def has_taken_part(row: EnrolmentRow) -> bool:
    """Return whether this enrolment counts as taking part."""
    if row.status is not EnrolmentStatus.ENROLLED:
        return False
    return row.attended_at is not None if row.outcome is None else row.outcome in _CAME
