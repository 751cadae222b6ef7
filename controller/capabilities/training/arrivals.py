"""Adds people to a course session: existing members, or new ones by name alone."""

from dataclasses import replace

from sqlalchemy.orm import Session

from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.training import enrolments
from controller.capabilities.training.attendance import ARRIVAL_MARGIN
from controller.capabilities.training.course_sessions import check_may_run, session_row
from controller.capabilities.training.shapes import Attended, Enrolment
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.validate import parse


def add(
    db: Session, session_id: str, attended: Attended, *, vault: Vault, actor: Actor, now: Utc
) -> Enrolment:
    """Enrol somebody in a session; if it has begun, or nearly, mark them as present instead.

    Raises Invalid if the badge belongs to nobody, Forbidden, and Conflict as `enrolments.enrol`
    does.
    """
    session = session_row(db, session_id, actor, lock=True)
    is_present = now >= Utc.of(session.starts_at - ARRIVAL_MARGIN) and session.cancelled_at is None
    if is_present:
        return enrolments.note_attendance(
            db, session_id, attended, vault=vault, actor=actor, now=now
        )
    member = attended.member_id or enrolments.member_of_badge(
        db, attended.badge or "", vault, session.site_id
    )
    return enrolments.enrol(db, session_id, member, actor=actor, now=now)


def add_new_member(
    db: Session,
    session_id: str,
    name: str,
    email: str | None,
    *,
    vault: Vault,
    actor: Actor,
    now: Utc,
) -> Enrolment:
    """Create a member of the session's site and add them, as the session's trainers may (ADR 0122).

    Raises as `add`, and Invalid for an invalid name or address.
    """
    session = session_row(db, session_id, actor, lock=True)
    check_may_run(db, session, actor, now)
    new = parse({"display_name": name, "email": email, "site_id": session.site_id}, NewMember)
    roles_here = actor.roles.get(session.site_id, frozenset())
    as_desk = replace(actor, roles={session.site_id: roles_here | {Role.DESK}})
    new_member = members.create(db, new, actor=as_desk, now=now)
    attended = Attended(member_id=new_member.id)
    return add(db, session_id, attended, vault=vault, actor=actor, now=now)
