"""Enrols and withdraws participants of course sessions, and notes attendance and outcomes."""

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.badges import badges
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members.changes import MemberLeft, check_not_left
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at, sites_of
from controller.capabilities.training import trainers
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.training.course_sessions import (
    EnrolmentRefusal,
    EnrolmentRefused,
    check_begun,
    check_may_run,
    may_run,
    session_row,
)
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
)
from controller.capabilities.training.shapes import (
    Attended,
    Enrolment,
    NewOutcome,
    Result,
    UpcomingEnrolment,
)
from controller.capabilities.training.waiting_list import has_place, move_up
from controller.domain.facts import HeldStatus
from controller.domain.ids import parse_credential_id
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.rows import at_sites
from controller.kernel.shapes import Label
from controller.policy.reading import from_json
from controller.wire.ids import uuid7

_WAITING_LIST = Actor.system("waiting-list")
"""The actor who moves somebody up, so that it is not the one who gave up a seat (decision 0287)."""


def enrol(db: Session, session_id: str, member_id: str, *, actor: Actor, now: Utc) -> Enrolment:
    """Enrol a member, or oneself before the session begins; on the waiting list if it is full.

    Idempotent. Raises Invalid, Forbidden, and EnrolmentRefused when the session is cancelled, has
    begun (those who run it can still add others), or a required certification is missing.
    """
    session = session_row(db, session_id, actor, lock=True)
    member = _member(db, session, member_id, actor, now)
    is_run_by_actor = may_run(db, session, actor, now)
    if session.cancelled_at is not None:
        raise EnrolmentRefused(EnrolmentRefusal.CANCELLED, "this session is cancelled")
    has_begun = not session.is_open or session.starts_at <= now
    if has_begun and not (is_run_by_actor and member.id != actor.member_id):
        raise EnrolmentRefused(EnrolmentRefusal.BEGUN, "this session has begun")
    _check_has_trainer_for_own(db, session, member.id, actor, now)
    missing = missing_requirements(db, session, member.id, session.starts_at)
    if missing:
        raise EnrolmentRefused(
            EnrolmentRefusal.MISSING, f"required first: {', '.join(missing)}", missing
        )
    row = db.get(EnrolmentRow, (session.id, member.id))
    if row is None or row.status is EnrolmentStatus.CANCELLED:
        if row is not None:
            trainers.check_decides_costs(db, session, actor=actor, now=now)
        row = _assign_seat(db, session, member, row)
        row.counts_from = _counts_from(db, session, actor, now)
        record(db, session, member.id, f"course_{row.status}", actor, now)
    return shapes(db, [row])[0]


def withdraw(db: Session, session_id: str, member_id: str, *, actor: Actor, now: Utc) -> list[str]:
    """Withdraw a member, or oneself; return the members who moved up from the waiting list.

    Raises NotFound, Conflict once there is an outcome, and EnrolmentRefused for a participant once
    the session has begun, whose absence is then noted by those who run it.
    """
    session = session_row(db, session_id, actor, lock=True)
    _member(db, session, member_id, actor, now)
    row = db.get(EnrolmentRow, (session.id, member_id))
    if row is None or row.status is EnrolmentStatus.CANCELLED:
        raise NotFound("enrolment", member_id)
    if row.outcome is not None:
        raise Conflict("an outcome is noted for this person")
    is_late = session.starts_at <= now and row.status is EnrolmentStatus.ENROLLED
    if is_late and not may_run(db, session, actor, now):
        raise EnrolmentRefused(
            EnrolmentRefusal.BEGUN, "this session has begun; those who run it can note the absence"
        )
    return _withdraw(db, session, row, actor, now)


def restore(
    db: Session, session_id: str, member_id: str, *, has_waited: bool, actor: Actor, now: Utc
) -> Enrolment:
    """Undo a mistaken withdrawal: the member is enrolled or waiting again.

    If the session has not begun and somebody else has the seat, the member waits, in the order of
    the original enrolment. Raises what `enrol` raises, but requires no certification.
    """
    session = session_row(db, session_id, actor, lock=True)
    row = db.get(EnrolmentRow, (session.id, member_id))
    if row is None:
        raise NotFound("enrolment", member_id)
    check_may_run(db, session, actor, now)
    _check_has_trainer_for_own(db, session, member_id, actor, now)
    member = _member(db, session, member_id, actor, now)
    if session.cancelled_at is not None:
        raise EnrolmentRefused(EnrolmentRefusal.CANCELLED, "this session is cancelled")
    if row.status is EnrolmentStatus.CANCELLED:
        trainers.check_decides_costs(db, session, actor=actor, now=now)
        is_in = has_place(db, session) or (session.starts_at <= now and not has_waited)
        row.status = EnrolmentStatus.ENROLLED if is_in else EnrolmentStatus.WAITING
        record(db, session, member.id, f"course_{row.status}", actor, now)
    return shapes(db, [row])[0]


def withdraw_departed(db: Session, event: MemberLeft) -> None:
    """Withdraw a member who has left from all open sessions; the next on the waiting list move
    up."""
    open_sessions = (
        select(CourseSessionRow.id)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .where(
            EnrolmentRow.member_id == event.member.id,
            EnrolmentRow.outcome.is_(None),
            EnrolmentRow.status != EnrolmentStatus.CANCELLED,
            CourseSessionRow.is_open,
        )
        .order_by(CourseSessionRow.id)
    )
    for key in db.scalars(open_sessions).all():
        session = db.get_one(CourseSessionRow, key, with_for_update={"key_share": True})
        enrolment = db.get_one(EnrolmentRow, (key, event.member.id))
        _withdraw(db, session, enrolment, event.actor, event.now)


def upcoming_enrolments(
    db: Session, member_id: str, *, actor: Actor, now: Utc
) -> list[UpcomingEnrolment]:
    """Return the upcoming sessions in which a member is enrolled or waiting, soonest first."""
    sites = actor.sites(Permission.MEMBERS_READ)
    is_own = actor.member_id == member_id
    rows = db.execute(
        select(CourseSessionRow, EnrolmentRow, CourseRow.name, CourseRow.grants)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            EnrolmentRow.member_id == member_id,
            EnrolmentRow.status != EnrolmentStatus.CANCELLED,
            CourseSessionRow.ends_at > now,
            CourseSessionRow.cancelled_at.is_(None),
            true() if is_own else at_sites(CourseSessionRow.site_id, sites),
        )
        .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
    )
    return [
        UpcomingEnrolment(
            session_id=session.id,
            site_id=session.site_id,
            name=from_json(name, Label) if name else None,
            theme=session.theme,
            starts_at=session.starts_at,
            status=enrolment.status,
            moved_up=enrolment.moved_up_at is not None,
            grants=tuple(grants or ()),
        )
        for session, enrolment, name, grants in rows
    ]


def results(db: Session, member_id: str, *, actor: Actor) -> list[Result]:
    """Return the outcomes of a member's course sessions, latest first."""
    sites = actor.sites(Permission.MEMBERS_READ)
    rows = db.execute(
        select(CourseSessionRow, EnrolmentRow.outcome, CourseRow.name)
        .join(EnrolmentRow, EnrolmentRow.session_id == CourseSessionRow.id)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            EnrolmentRow.member_id == member_id,
            EnrolmentRow.outcome.is_not(None),
            at_sites(CourseSessionRow.site_id, sites),
        )
        .order_by(CourseSessionRow.starts_at.desc(), CourseSessionRow.id)
    )
    return [
        Result(
            name=from_json(name, Label) if name else None,
            theme=session.theme,
            starts_at=session.starts_at,
            outcome=outcome,
        )
        for session, outcome, name in rows
        if outcome is not None
    ]


def of_session(db: Session, session_id: str, *, actor: Actor, now: Utc) -> list[Enrolment]:
    """Return participants and waiting list in order of enrolment; members see only themselves."""
    session = session_row(db, session_id, actor)
    statement = select(EnrolmentRow).where(
        EnrolmentRow.session_id == session.id, EnrolmentRow.status != EnrolmentStatus.CANCELLED
    )
    if not actor.may(Permission.MEMBERS_READ, session.site_id):
        statement = statement.where(EnrolmentRow.member_id == (actor.member_id or ""))
    return shapes(db, list(db.scalars(statement.order_by(EnrolmentRow.id))))


def note_attendance(
    db: Session, session_id: str, new: Attended, *, vault: Vault, actor: Actor, now: Utc
) -> Enrolment:
    """Record that somebody attends, by id or badge; enrols them if necessary."""
    session = session_row(db, session_id, actor, lock=True)
    check_may_run(db, session, actor, now)
    member_id = new.member_id or member_of_badge(db, new.badge or "", vault, session.site_id)
    _check_has_trainer_for_own(db, session, member_id, actor, now)
    if member_id == actor.member_id:
        raise Forbidden("somebody else has to record your attendance")
    row = _enrol_present(db, session, _member(db, session, member_id, actor, now), actor, now)
    row.attended_at = row.attended_at or now
    db.flush()
    post_news(db, CourseSessionNews(site=session.site_id, key=session.id))
    return shapes(db, [row])[0]


def set_outcome(
    db: Session, session_id: str, member_id: str, new: NewOutcome, *, actor: Actor, now: Utc
) -> Enrolment:
    """Note the outcome for a member, once the session has begun; enrols them if necessary.

    This certifies nobody yet. Raises NotFound, Forbidden, Conflict.
    """
    session = session_row(db, session_id, actor, lock=True)
    check_may_run(db, session, actor, now)
    check_begun(session, now)
    if member_id == actor.member_id:
        raise Forbidden("somebody else has to note your outcome")
    row = _enrol_present(db, session, _member(db, session, member_id, actor, now), actor, now)
    if row.certified_at is not None and new.outcome is not row.outcome:
        raise Conflict("this person has been certified; suspend the certification instead")
    if row.outcome is not new.outcome:
        check_own_outcome(db, session, row, actor, now)
        row.outcome, row.outcome_by, row.outcome_at = new.outcome, actor.ref, now
        record(db, session, member_id, f"course_{new.outcome}", actor, now)
    return shapes(db, [row])[0]


def _check_has_trainer_for_own(
    db: Session, session: CourseSessionRow, member_id: str, actor: Actor, now: Utc
) -> None:
    if member_id == actor.member_id:
        trainers.check_has_trainer(db, session, actor=actor, now=now)


def missing_requirements(
    db: Session, session: CourseSessionRow, member_id: str, at: Utc
) -> list[str]:
    """Return the required certifications that the member will not hold at `at`."""
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    if course is None or not course.requires:
        return []
    held_ids = select(HeldRow.certification_id).where(
        HeldRow.member_id == member_id,
        HeldRow.status == HeldStatus.ACTIVE,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > at),
    )
    return sorted({*course.requires} - set(db.scalars(held_ids)))


def _assign_seat(
    db: Session, session: CourseSessionRow, member: MemberRow, row: EnrolmentRow | None
) -> EnrolmentRow:
    free = has_place(db, session)
    if row is None:
        row = EnrolmentRow(session_id=session.id, member_id=member.id)
        db.add(row)
    row.id = uuid7()
    row.status = EnrolmentStatus.ENROLLED if free else EnrolmentStatus.WAITING
    row.moved_up_at = row.time_changed_at = row.reinstated_at = None
    db.flush()
    return row


def _withdraw(
    db: Session, session: CourseSessionRow, row: EnrolmentRow, actor: Actor, now: Utc
) -> list[str]:
    row.status = EnrolmentStatus.CANCELLED
    record(db, session, row.member_id, "course_withdrawn", actor, now)
    moved = move_up(db, session, now)
    for member_id in moved:
        record(db, session, member_id, "course_enrolled", _WAITING_LIST, now)
    return moved


def _enrol_present(
    db: Session, session: CourseSessionRow, member: MemberRow, actor: Actor, now: Utc
) -> EnrolmentRow:
    """Enrol somebody who is present, even from the waiting list.

    Only those who decide on costs can add a withdrawn participant again.
    """
    row = db.get(EnrolmentRow, (session.id, member.id))
    if row is not None and row.status is EnrolmentStatus.ENROLLED:
        if trainers.decides_costs(db, session, actor=actor, now=now):
            row.counts_from = None
        return row
    if row is None:
        row = _assign_seat(db, session, member, None)
    elif row.status is EnrolmentStatus.CANCELLED:
        trainers.check_decides_costs(db, session, actor=actor, now=now)
    row.status = EnrolmentStatus.ENROLLED
    row.counts_from = _counts_from(db, session, actor, now)
    record(db, session, member.id, "course_enrolled", actor, now)
    return row


def _counts_from(db: Session, session: CourseSessionRow, actor: Actor, now: Utc) -> Utc | None:
    """Return when machine use in the session becomes free of charge; None: from its start.

    An enrolment by the desk does not make earlier use free.
    """
    return None if trainers.decides_costs(db, session, actor=actor, now=now) else now


def check_own_outcome(
    db: Session, session: CourseSessionRow, row: EnrolmentRow, actor: Actor, now: Utc
) -> None:
    """Raise Forbidden if somebody else noted the outcome, unless the actor decides on costs."""
    if row.outcome is not None and row.outcome_by != actor.ref:
        trainers.check_decides_costs(db, session, actor=actor, now=now)


def member_of_badge(db: Session, badge: str, vault: Vault, site_id: str) -> str:
    """Return the id of the member with this badge, if the site knows them. Raises Invalid.

    Does not reveal whether a badge belongs to a member of another site.
    """
    try:
        row = badges.with_number(db, parse_credential_id(badge), vault)
    except ValueError as problem:
        raise Invalid.of("badge", str(problem)) from problem
    known_here = select(MemberRow.id).where(known_at([site_id]))
    member = db.scalar(known_here.where(MemberRow.id == row.member_id)) if row else None
    if member is None:
        raise Invalid.of("badge", "no member of this site has this badge")
    return member


def _member(
    db: Session, session: CourseSessionRow, member_id: str, actor: Actor, now: Utc
) -> MemberRow:
    """Return the member, who must be known at the session's site.

    Raises Invalid, AlreadyLeft, and Forbidden for another member unless the actor may run the
    session.
    """
    member = db.get(MemberRow, member_id)
    visible = member is not None and session.site_id in sites_of(db, member)
    if member is None or not visible:
        raise Invalid.of("member_id", f"no member {member_id} at this site")
    if actor.member_id != member_id:
        check_may_run(db, session, actor, now)
    check_not_left(member)
    return member


def record(
    db: Session, session: CourseSessionRow, member_id: str, action: str, actor: Actor, now: Utc
) -> None:
    """Record a change to an enrolment in the audit, and publish it as news."""
    db.flush()
    detail: dict[str, object] = {"session": session.id}
    if actor.member_id != member_id:
        detail["by_other"] = True
    audit.record(db, actor, now, action, f"member:{member_id}", session.site_id, **detail)
    post_news(db, CourseSessionNews(site=session.site_id, key=session.id))


def shapes(db: Session, rows: list[EnrolmentRow]) -> list[Enrolment]:
    """Return the rows for the API, with the members' names."""
    people = select(MemberRow.id, MemberRow.display_name)
    name_rows = db.execute(people.where(MemberRow.id.in_([row.member_id for row in rows])))
    names = {key: name for key, name in name_rows}  # noqa: C416  mypy: not pairs
    return [to_shape(row, Enrolment, name=names[row.member_id]) for row in rows]
