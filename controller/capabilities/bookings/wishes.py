"""Wishes to be notified when a machine, a course session's place, or a session of a course is
available."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.bookings.in_courses import course_uses
from controller.capabilities.bookings.messages import FreeMessage
from controller.capabilities.bookings.models import BookingRow, WishRow
from controller.capabilities.bookings.news import WishNews
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members.changes import MemberLeft
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.messages import stops, write
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
    Scope,
)
from controller.capabilities.training.waiting_list import has_place
from controller.domain.facts import HeldStatus, Name, PointKind
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.time import clock, format_near
from controller.domain.schedule import local_time
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, NotFound
from controller.kernel.jsontypes import to_json
from controller.kernel.outbox import post_news
from controller.kernel.rows import get_or_404
from controller.policy.reading import from_json
from controller.wire.ids import uuid7

WISH_PERIOD = timedelta(days=7)
"""How long a wish for a machine lasts; one for a course session lasts until the session begins."""
COURSE_WISH_PERIOD = timedelta(days=182)
"""How long a wish for a session of a course lasts."""
NEWS_LASTS = timedelta(hours=24)
"""How long the news that something was free can be read."""
MAX_WISHES = 10
"""Maximum number of a member's wishes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something that a member waits for, and since when it is available."""

    id: str
    name: Name
    access_point: str | None
    session: str | None
    course: str | None
    until: Utc
    came_true_at: Utc | None


def wish_for_machine(
    db: Session, site_id: str, access_point: str, *, actor: Actor, now: Utc
) -> str:
    """Ask to be notified when a machine is free; return the wish's id.

    Raises NotFound, and Conflict for too many wishes.
    """
    _require_own(db, site_id, actor)
    point = get_or_404(db, AccessPointRow, access_point, "access point")
    if point.site_id != site_id or point.kind is not PointKind.MACHINE:
        raise NotFound("access point", access_point)
    is_same_wish = WishRow.access_point_id == access_point
    row = WishRow(access_point_id=access_point, until=Utc.of(now + WISH_PERIOD))
    return _make(db, site_id, row, is_same_wish, actor, now)


def wish_for_place(db: Session, site_id: str, session_id: str, *, actor: Actor, now: Utc) -> str:
    """Ask to be notified of a free place in a course session; return the wish's id.

    Raises NotFound, and Conflict when enrolment is closed, or for too many wishes.
    """
    _require_own(db, site_id, actor)
    session = get_or_404(db, CourseSessionRow, session_id, "course session")
    if session.site_id != site_id:
        raise NotFound("course session", session_id)
    if not session.is_open or session.cancelled_at is not None:
        raise Conflict("nobody can enrol in this session any more")
    is_same_wish = WishRow.session_id == session_id
    row = WishRow(session_id=session_id, until=session.starts_at)
    return _make(db, site_id, row, is_same_wish, actor, now)


def wish_for_course(db: Session, site_id: str, course_id: str, *, actor: Actor, now: Utc) -> str:
    """Ask to be notified when a session of a course is planned.

    Raises NotFound, and Conflict if one is planned, or for too many wishes.
    """
    _require_own(db, site_id, actor)
    course = get_or_404(db, CourseRow, course_id, "course")
    if course.scope is not Scope.NETWORK and course.site_id != site_id:
        raise NotFound("course", course_id)
    if _next_session(db, site_id, course_id) is not None:
        raise Conflict("a session of this course is planned")
    is_same_wish = (WishRow.course_id == course_id) & (WishRow.site_id == site_id)
    row = WishRow(course_id=course_id, until=Utc.of(now + COURSE_WISH_PERIOD))
    return _make(db, site_id, row, is_same_wish, actor, now)


def planned_courses(db: Session, site_id: str) -> dict[str, Utc]:
    """Return the courses with a session in which members can enrol, or wait for a place, and when
    the next one begins."""
    open_sessions = (CourseSessionRow.site_id == site_id, CourseSessionRow.is_open)
    rows = db.execute(
        select(CourseSessionRow.course_id, func.min(CourseSessionRow.starts_at))
        .where(*open_sessions)
        .group_by(CourseSessionRow.course_id)
    )
    return {key: starts_at for key, starts_at in rows if key is not None}


def wished_courses(db: Session, site_id: str, now: Utc) -> dict[str, int]:
    """Return how many members wait for a session, by course."""
    pending = (WishRow.site_id == site_id, WishRow.until > now, WishRow.came_true_at.is_(None))
    rows = db.scalars(select(WishRow).where(*pending, WishRow.course_id.is_not(None))).all()
    return Counter(row.course_id for row in rows if row.course_id and _is_needed(db, row, now))


def is_reached_by_mail(db: Session, *, actor: Actor) -> bool:
    """Return whether the actor has an e-mail address and has not unsubscribed."""
    member = db.get(MemberRow, actor.member_id or "")
    address = member.email if member is not None else None
    if not address or not stops.is_address(address):
        return False
    return not stops.is_unsubscribed(db, FreeMessage.WHAT, stops.digest(address))


def drop(db: Session, wish_id: str, *, actor: Actor) -> None:
    """Delete the actor's own wish. Raises NotFound."""
    row = get_or_404(db, WishRow, wish_id, "wish")
    if actor.member_id is None or row.member_id != actor.member_id:
        raise NotFound("wish", wish_id)
    db.delete(row)
    db.flush()


def of_member(db: Session, site_id: str, member_id: str, *, actor: Actor, now: Utc) -> list[Wish]:
    """Return a member's wishes, for that member and the desk. Raises Forbidden."""
    if actor.member_id != member_id:
        actor.require(Permission.DESK, site_id)
    conditions = (WishRow.site_id == site_id, WishRow.member_id == member_id, WishRow.until > now)
    rows = db.scalars(select(WishRow).where(*conditions).order_by(WishRow.id)).all()
    return _shapes(db, [row for row in rows if _is_needed(db, row, now)])


def text(wish: Wish, translator: Translator, time_zone: str, now: Utc) -> str:
    """Return the news as text: what is free since when, or that there is a place or a session.

    `now`: when it is read.
    """
    name = wish.name.read(translator.language)
    if wish.course is not None:
        return translator.say("A session is planned: %(name)s. Enrol soon.", name=name)
    if wish.session is not None:
        return translator.say("A place is free: %(name)s. Enrol soon.", name=name)
    at = wish.came_true_at or wish.until
    if local_time(time_zone, at).date() != local_time(time_zone, now).date():
        time_text = format_near(at, now, time_zone, translator)
        return translator.say("%(name)s was free %(at)s.", name=name, at=time_text)
    since = clock(at, time_zone)
    return translator.say("%(name)s is free, since %(time)s.", name=name, time=since)


def check_wishes(db: Session, now: Utc) -> None:
    """Notify members of wishes that came true, and delete expired ones."""
    db.execute(delete(WishRow).where(WishRow.until <= now))
    open_wishes = select(WishRow).where(WishRow.came_true_at.is_(None)).order_by(WishRow.id)
    free: dict[tuple[str | None, ...], bool] = {}
    for row in db.scalars(open_wishes).all():
        if not _is_needed(db, row, now):
            continue
        subject = (row.site_id, row.access_point_id, row.session_id, row.course_id)
        if subject not in free:
            free[subject] = _is_free(db, row, now)
        if free[subject]:
            row.came_true_at, row.until = now, _news_until(db, row, now)
            post_news(db, WishNews(site=row.site_id, key=row.id))
            _notify(db, row, now)
    db.flush()


def forget_of(db: Session, event: MemberLeft) -> None:
    """Delete the wishes of a member who has left."""
    db.execute(delete(WishRow).where(WishRow.member_id == event.member.id))


def _news_until(db: Session, row: WishRow, now: Utc) -> Utc:
    """Return until when the news can be read: a day from now, or until the course session
    begins."""
    if row.course_id is not None:
        next_session = _next_session(db, row.site_id, row.course_id)
        return next_session.starts_at if next_session is not None else now
    day = Utc.of(now + NEWS_LASTS)
    if row.session_id is None:
        return day
    return min(day, db.get_one(CourseSessionRow, row.session_id).starts_at)


def _notify(db: Session, row: WishRow, now: Utc) -> None:
    """Notify the member; a renewed wish gets a new message."""
    (wish,) = _shapes(db, [row])
    message = FreeMessage(
        wish=row.id,
        name={language: name for language, name in to_json(wish.name).items() if name},
        in_course=row.session_id is not None,
        is_asked=row.course_id is not None,
        since=now.text(),
        ends_at=row.until.text(),
    )
    key = f"{row.id}/{now.text()}"
    write.to_member(db, row.member_id, message, site_id=row.site_id, key=key, now=now)


def _require_own(db: Session, site_id: str, actor: Actor) -> None:
    actor.require(Permission.OWN_WRITE, site_id)
    member = db.get(MemberRow, actor.member_id or "")
    if member is None or site_id not in sites_of(db, member):
        raise Forbidden("only members of this site can ask to be notified, each for themselves")


def _make(
    db: Session,
    site_id: str,
    row: WishRow,
    is_same_wish: ColumnElement[bool],
    actor: Actor,
    now: Utc,
) -> str:
    by_member = WishRow.member_id == actor.member_id
    existing = db.scalar(select(WishRow).where(by_member, is_same_wish))
    if existing is not None:  # the same wish again starts anew
        existing.until, existing.came_true_at, existing.created_at = row.until, None, now
        db.flush()
        return existing.id
    if (db.scalar(select(func.count()).where(by_member)) or 0) >= MAX_WISHES:
        raise Conflict(f"at most {MAX_WISHES} wishes at a time")
    row.id, row.site_id, row.created_at = uuid7(), site_id, now
    row.member_id = actor.member_id or ""
    db.add(row)
    db.flush()
    return row.id


def _next_session(db: Session, site_id: str, course_id: str) -> CourseSessionRow | None:
    """Return the first session of a course in which members can enrol, or wait for a place."""
    open_sessions = select(CourseSessionRow).where(
        CourseSessionRow.site_id == site_id,
        CourseSessionRow.course_id == course_id,
        CourseSessionRow.is_open,
    )
    return db.scalars(open_sessions.order_by(CourseSessionRow.starts_at).limit(1)).first()


def _is_needed(db: Session, row: WishRow, now: Utc) -> bool:
    """Return whether the member has neither enrolled in the session nor been certified for the
    course since they asked.

    The wish stays stored: a certification may have been given by mistake. Whoever asks while
    certified wants to renew it.
    """
    own_enrolment = (
        EnrolmentRow.session_id == row.session_id,
        EnrolmentRow.member_id == row.member_id,
        EnrolmentRow.status != EnrolmentStatus.CANCELLED,
    )
    if row.session_id is not None and db.scalar(select(exists().where(*own_enrolment))):
        return False
    course_id = row.course_id
    if row.session_id is not None:
        course_id = db.get_one(CourseSessionRow, row.session_id).course_id
    course = db.get(CourseRow, course_id) if course_id is not None else None
    if course is None or not course.grants:
        return True
    held_since = select(func.count()).where(
        HeldRow.member_id == row.member_id,
        HeldRow.certification_id.in_(course.grants),
        HeldRow.granted_at >= row.created_at,
        HeldRow.status == HeldStatus.ACTIVE,
        HeldRow.valid_until.is_(None) | (HeldRow.valid_until > now),
    )
    return (db.scalar(held_since) or 0) < len(set(course.grants))


def _is_free(db: Session, row: WishRow, now: Utc) -> bool:
    if row.course_id is not None:
        return _next_session(db, row.site_id, row.course_id) is not None
    if row.session_id is not None:
        session = db.get_one(CourseSessionRow, row.session_id)
        return session.is_open and session.cancelled_at is None and has_place(db, session)
    point = db.get(AccessPointRow, row.access_point_id or "")
    if point is None or not (point.in_service and point.commissioned):
        return False
    state = db.get(PointStateRow, point.id)
    agent = db.get(AgentState, point.agent_id) if point.agent_id else None
    if state is None or agent is None or not agent.online:
        return False
    return state.state == MachinePhase.OFF.value and not _is_reserved(db, point, row.member_id, now)


def _is_reserved(db: Session, point: AccessPointRow, but: str, now: Utc) -> bool:
    """Return whether a course uses the machine now, or a member other than `but` has booked it."""
    booked = (
        BookingRow.access_point_id == point.id,
        BookingRow.member_id != but,
        BookingRow.closed_at.is_(None),
        BookingRow.starts_at <= now,
        BookingRow.ends_at > now,
    )
    if db.scalar(select(exists().where(*booked))):
        return True
    soon = Utc.of(now + timedelta(seconds=1))
    return point.id in {
        in_course.access_point for in_course in course_uses(db, point.site_id, now, soon)
    }


def _shapes(db: Session, rows: Sequence[WishRow]) -> list[Wish]:
    if not rows:
        return []
    machines = select(AccessPointRow.id, AccessPointRow.name).where(
        AccessPointRow.id.in_([row.access_point_id for row in rows if row.access_point_id])
    )
    courses = (
        select(CourseSessionRow.id, CourseRow.name, CourseSessionRow.theme)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(CourseSessionRow.id.in_([row.session_id for row in rows if row.session_id]))
    )
    names = {key: from_json(name, Name) for key, name in db.execute(machines)}
    for key, name, theme in db.execute(courses):
        names[key] = from_json(name, Name) if name else Name(fr=theme)
    course_ids = [row.course_id for row in rows if row.course_id]
    for key, name in db.execute(
        select(CourseRow.id, CourseRow.name).where(CourseRow.id.in_(course_ids))
    ):
        names[key] = from_json(name, Name)
    return [
        Wish(
            id=row.id,
            name=names.get(row.access_point_id or row.session_id or row.course_id or "", Name()),
            access_point=row.access_point_id,
            session=row.session_id,
            course=row.course_id,
            until=row.until,
            came_true_at=row.came_true_at,
        )
        for row in rows
    ]
