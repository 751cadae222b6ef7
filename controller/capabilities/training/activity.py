"""For *Catch up*: certifications that end or were given at a machine, and course sessions."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.training import agenda
from controller.capabilities.training.agenda import AgendaSession
from controller.capabilities.training.effects import AT_MACHINE
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    HeldHistory,
    HeldRow,
)
from controller.domain.facts import HeldStatus, MemberStatus, Name
from controller.domain.locale.catalogue import NC_
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    ActivityText,
    NextAction,
    Part,
    Weight,
    count,
    plain,
    quote,
    say,
)
from controller.kernel.names import names_of
from controller.kernel.paging import without_index
from controller.policy.reading import from_json
from controller.store.packed_event import first_id

GIVE, READ, SESSION = "certification.give", "certification.read", "session.open"
NOTE, CERTIFY, ENROL = "session.note", "session.certify", "session.enrol"
ANOTHER = "session.another"
FEW_ENROLLED = 0.5
"""A session with fewer than this part of its seats taken is shown as something to do."""


def _tell(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(
        _ending(db, asked), _at_machines(db, asked), _sessions(db, asked), _called_off(db, asked)
    )


def _ending(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    rows = db.execute(
        select(
            *(HeldRow.member_id, HeldRow.certification_id, HeldRow.valid_until),
            *(MemberRow.display_name, CertificationRow.name),
        )
        .join(MemberRow, MemberRow.id == HeldRow.member_id)
        .join(CertificationRow, CertificationRow.id == HeldRow.certification_id)
        .where(without_index(MemberRow.site_id) == asked.site)
        .where(without_index(MemberRow.status) == MemberStatus.ACTIVE)
        .where(HeldRow.status == HeldStatus.ACTIVE)
        .where(HeldRow.valid_until >= asked.since, HeldRow.valid_until < asked.until)
        .order_by(HeldRow.valid_until, HeldRow.member_id)
        .limit(asked.limit)
    )
    for row in rows:
        ends = row.valid_until or asked.now
        over = ends <= asked.now
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("held", row.member_id, row.certification_id, ends.text()),
            at=ends,
            title=say("%(name)s: %(what)s", name=row.display_name, what=_read(row.name)),
            facts=(say("ended %(at)s", at=ends) if over else say("ends %(at)s", at=ends),),
            weight=Weight.TODO,
            action=NextAction(GIVE, {"member": row.member_id}),
        )


def _at_machines(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield certifications that a trainer gave at a machine by badge, by when they became known."""
    rows = db.execute(
        select(
            HeldHistory.id,
            HeldHistory.member_id,
            HeldHistory.by,
            HeldHistory.at,
            MemberRow.display_name,
            CertificationRow.name,
        )
        .join(MemberRow, MemberRow.id == HeldHistory.member_id)
        .join(CertificationRow, CertificationRow.id == HeldHistory.certification_id)
        .where(
            HeldHistory.id >= first_id(asked.since.millis()), HeldHistory.by.startswith(AT_MACHINE)
        )
        .where(known_at([asked.site]))
        .order_by(HeldHistory.id)
        .limit(asked.limit)
    ).all()
    trainers = names_of(db, [row.by for row in rows])
    for row in rows:
        by = plain(trainers[row.by]) if row.by in trainers else say("somebody who has left")
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("at machine", row.id),
            at=row.at,
            title=say("%(name)s: %(what)s", name=row.display_name, what=_read(row.name)),
            facts=(say("at the machine, with %(name)s’s badge, %(at)s", name=by, at=row.at),),
            weight=Weight.KNOW,
            action=NextAction(READ, {"member": row.member_id}),
        )


def _read(name: object) -> Name:
    return from_json(name, Name)


def _sessions(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield the sessions of the coming days, and those that have ended since."""
    table = CourseSessionRow
    rows = db.scalars(
        select(table)
        .where(table.site_id == asked.site, table.cancelled_at.is_(None))
        .where(table.ends_at >= asked.since, table.starts_at < asked.until)
        .order_by(table.starts_at, table.id)
        .limit(asked.limit)
    ).all()
    for session in agenda.agenda_sessions(db, rows, asked.now, oneself=asked.oneself):
        over = session.session.ends_at <= asked.now
        if not over or session.ready or session.stuck or session.unsaid:
            yield _session(session, over)


def _called_off(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield sessions that were cancelled since."""
    table = CourseSessionRow
    rows = db.execute(
        select(table, CourseRow.name)
        .outerjoin(CourseRow, CourseRow.id == table.course_id)
        .where(table.site_id == asked.site, table.cancelled_at >= asked.since)
        .order_by(table.cancelled_at, table.id)
        .limit(asked.limit)
    )
    for of, name in rows:
        at = of.cancelled_at or asked.now
        what = (
            _read(name) if name else plain(of.theme) if of.theme else say(NC_("course", "Session"))
        )
        why = (quote(of.cancelled_reason),) if of.cancelled_reason else ()
        # so that last Thursday's session is not taken for the one of this Thursday
        fact = say("session cancelled")
        if of.starts_at <= asked.now:
            fact = say("session cancelled, did not take place")
        yield ActivityRow(
            part=Part.SESSIONS,
            names=("called off", of.id, at.text()),
            at=at,
            title=say("%(course)s, %(at)s", course=what, at=of.starts_at),
            facts=(fact, *why),
            weight=Weight.KNOW,
            action=NextAction(SESSION, {"session": of.id}),
        )


def _session(session: AgendaSession, over: bool) -> ActivityRow:
    of = session.session
    course = Name(fr=session.course.fr, en=session.course.en) if session.course else None
    theme = plain(of.theme) if of.theme else say(NC_("course", "Session"))
    facts = _left(session) if over else _places(session)
    few = bool(of.places) and of.enrolled < (of.places or 0) * FEW_ENROLLED
    return ActivityRow(
        part=Part.SESSIONS,
        names=("session", of.id, str(over)),
        at=of.starts_at,
        title=say("%(course)s, %(at)s", course=course or theme, at=of.starts_at),
        facts=tuple(facts),
        weight=Weight.TODO if over or few or of.waiting else Weight.KNOW,
        action=_next(session, over),
    )


def _next(session: AgendaSession, over: bool) -> NextAction:
    """Return the most useful action, such as what is left to do after a session."""
    of = session.session
    here = {"session": of.id}
    if over and session.unsaid:
        return NextAction(NOTE, here)
    if over:
        return NextAction(CERTIFY if session.ready else SESSION, here)
    if of.waiting and of.course_id:
        return NextAction(ANOTHER, {"course": of.course_id})
    has_place = of.places is None or of.enrolled < of.places
    return NextAction(ENROL if has_place else SESSION, here)


def _left(session: AgendaSession) -> Iterator[ActivityText]:
    if session.unsaid:
        yield count("%(n)s outcome to record", "%(n)s outcomes to record", session.unsaid)
    if session.ready:
        yield count("%(n)s person to certify", "%(n)s people to certify", session.ready)
    if session.stuck:
        yield count(
            "%(n)s passed, but something is missing",
            "%(n)s passed, but something is missing",
            session.stuck,
        )


def _places(session: AgendaSession) -> Iterator[ActivityText]:
    of = session.session
    if of.places is None:
        yield count("%(n)s enrolled", "%(n)s enrolled", of.enrolled)
    elif of.enrolled >= of.places:
        yield say("full, %(n)s of %(places)s", n=of.enrolled, places=of.places)
    else:
        yield say("%(n)s of %(places)s", n=of.enrolled, places=of.places)
    if of.waiting:
        yield count("%(n)s person waiting", "%(n)s people waiting", of.waiting)


RECENT = ActivitySource(
    tell=_tell, actions=frozenset({GIVE, READ, SESSION, NOTE, CERTIFY, ENROL, ANOTHER})
)
