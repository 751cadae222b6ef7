"""For *Catch up*: certifications that end or were given at a machine, and course sessions."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.training import agenda, notices
from controller.capabilities.training.agenda import AgendaSession
from controller.capabilities.training.effects import MEMBER_PREFIX
from controller.capabilities.training.messages import (
    MovedUpMessage,
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
)
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    HeldHistory,
    HeldRow,
)
from controller.domain.facts import HeldStatus, MemberStatus, Name
from controller.domain.locale.catalogue import N_, NC_
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


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(
        _ending_certifications(db, query),
        _at_machines(db, query),
        _sessions(db, query),
        _cancelled_sessions(db, query),
        _to_call(db, query),
    )


def _ending_certifications(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    rows = db.execute(
        select(
            *(HeldRow.member_id, HeldRow.certification_id, HeldRow.valid_until),
            *(MemberRow.display_name, CertificationRow.name),
        )
        .join(MemberRow, MemberRow.id == HeldRow.member_id)
        .join(CertificationRow, CertificationRow.id == HeldRow.certification_id)
        .where(without_index(MemberRow.site_id) == query.site)
        .where(without_index(MemberRow.status) == MemberStatus.ACTIVE)
        .where(HeldRow.status == HeldStatus.ACTIVE)
        .where(HeldRow.valid_until >= query.since, HeldRow.valid_until < query.until)
        .order_by(HeldRow.valid_until, HeldRow.member_id)
        .limit(query.limit)
    )
    for row in rows:
        ends = row.valid_until or query.now
        over = ends <= query.now
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("held", row.member_id, row.certification_id, ends.text()),
            at=ends,
            title=say("%(name)s: %(what)s", name=row.display_name, what=_read(row.name)),
            facts=(say("ended %(at)s", at=ends) if over else say("ends %(at)s", at=ends),),
            weight=Weight.TODO,
            action=NextAction(GIVE, {"member": row.member_id}),
        )


def _at_machines(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield certifications that a trainer gave at a machine by badge, in the order of their
    report."""
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
            HeldHistory.id >= first_id(query.since.millis()),
            HeldHistory.by.startswith(MEMBER_PREFIX),
        )
        .where(known_at([query.site]))
        .order_by(HeldHistory.id)
        .limit(query.limit)
    ).all()
    trainers = names_of(db, [row.by for row in rows])
    for row in rows:
        trainer_name = (
            plain(trainers[row.by]) if row.by in trainers else say("somebody who has left")
        )
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("at machine", row.id),
            at=row.at,
            title=say("%(name)s: %(what)s", name=row.display_name, what=_read(row.name)),
            facts=(
                say("at the machine, with %(name)s’s badge, %(at)s", name=trainer_name, at=row.at),
            ),
            weight=Weight.KNOW,
            action=NextAction(READ, {"member": row.member_id}),
        )


def _read(name: object) -> Name:
    return from_json(name, Name)


def _sessions(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield the sessions of the coming days, and those that ended since."""
    table = CourseSessionRow
    rows = db.scalars(
        select(table)
        .where(table.site_id == query.site, table.cancelled_at.is_(None))
        .where(table.ends_at >= query.since, table.starts_at < query.until)
        .order_by(table.starts_at, table.id)
        .limit(query.limit)
    ).all()
    for session in agenda.agenda_sessions(db, rows, query.now, oneself=query.oneself):
        over = session.session.ends_at <= query.now
        if not over or session.certifiable or session.blocked or session.without_outcome:
            yield _session(session, over)


def _cancelled_sessions(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield sessions that were cancelled since."""
    table = CourseSessionRow
    rows = db.execute(
        select(table, CourseRow.name)
        .outerjoin(CourseRow, CourseRow.id == table.course_id)
        .where(table.site_id == query.site, table.cancelled_at >= query.since)
        .order_by(table.cancelled_at, table.id)
        .limit(query.limit)
    )
    for session, name in rows:
        at = session.cancelled_at or query.now
        title = (
            _read(name)
            if name
            else plain(session.theme)
            if session.theme
            else say(NC_("course", "Session"))
        )
        reasons = (quote(session.cancelled_reason),) if session.cancelled_reason else ()
        # otherwise last Thursday's session could be taken for this Thursday's
        fact = say("session cancelled")
        if session.starts_at <= query.now:
            fact = say("session cancelled, did not take place")
        yield ActivityRow(
            part=Part.SESSIONS,
            names=("called off", session.id, at.text()),
            at=at,
            title=say("%(course)s, %(at)s", course=title, at=session.starts_at),
            facts=(fact, *reasons),
            weight=Weight.KNOW,
            action=NextAction(SESSION, {"session": session.id}),
        )


_CALLS = {
    MovedUpMessage.WHAT: N_("to call: %(name)s now has a place"),
    SessionMovedMessage.WHAT: N_("to call: the session has another time (%(name)s)"),
    SessionCancelledMessage.WHAT: N_("to call: the session is cancelled (%(name)s)"),
    SessionReinstatedMessage.WHAT: N_("to call: the session takes place after all (%(name)s)"),
}
"""By `WHAT` of the message that reaches nobody."""


def _to_call(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield those whom no message tells of a change to a session, or of their seat in it."""
    found = notices.to_call(db, query.site, now=query.now)[: query.limit]
    named = CourseRow.id.in_({one.session.course_id for one in found})
    names = {row.id: _read(row.name) for row in db.scalars(select(CourseRow).where(named))}
    for one in found:
        session, at = one.session, one.at
        theme = plain(session.theme) if session.theme else say(NC_("course", "Session"))
        yield ActivityRow(
            part=Part.SESSIONS,
            names=(one.what, one.enrolment.id, at.text()),
            at=at,
            title=say(
                "%(course)s, %(at)s",
                course=names.get(session.course_id or "", theme),
                at=session.starts_at,
            ),
            facts=(say(_CALLS[one.what], name=one.recipient.name),),
            weight=Weight.TODO,
            action=NextAction(SESSION, {"session": session.id}),
        )


def _session(session: AgendaSession, over: bool) -> ActivityRow:
    row = session.session
    course = Name(fr=session.course.fr, en=session.course.en) if session.course else None
    theme = plain(row.theme) if row.theme else say(NC_("course", "Session"))
    facts = _remaining_work(session) if over else _seats_text(session)
    return ActivityRow(
        part=Part.SESSIONS,
        names=("session", row.id, str(over)),
        at=row.starts_at,
        title=say("%(course)s, %(at)s", course=course or theme, at=row.starts_at),
        facts=tuple(facts),
        weight=Weight.TODO if over or row.waiting or session.is_closed else Weight.KNOW,
        action=_next_action(session, over),
    )


def _next_action(session: AgendaSession, over: bool) -> NextAction:
    """Return the most useful action, such as the remaining work after a session."""
    row = session.session
    reference = {"session": row.id}
    if over and session.without_outcome:
        return NextAction(NOTE, reference)
    if over:
        return NextAction(CERTIFY if session.certifiable else SESSION, reference)
    if session.is_closed:
        return NextAction(SESSION, reference)
    if row.waiting and row.course_id:
        return NextAction(ANOTHER, {"course": row.course_id})
    has_place = row.places is None or row.enrolled < row.places
    return NextAction(ENROL if has_place else SESSION, reference)


def _remaining_work(session: AgendaSession) -> Iterator[ActivityText]:
    if session.without_outcome:
        yield count("%(n)s outcome to record", "%(n)s outcomes to record", session.without_outcome)
    if session.certifiable:
        yield count("%(n)s person to certify", "%(n)s people to certify", session.certifiable)
    if session.blocked:
        yield count(
            "%(n)s passed, but something is missing",
            "%(n)s passed, but something is missing",
            session.blocked,
        )


def _seats_text(session: AgendaSession) -> Iterator[ActivityText]:
    row = session.session
    if row.places is None:
        yield count("%(n)s enrolled", "%(n)s enrolled", row.enrolled)
    elif row.enrolled >= row.places:
        yield say("full, %(n)s of %(places)s", n=row.enrolled, places=row.places)
    else:
        yield say("%(n)s of %(places)s", n=row.enrolled, places=row.places)
    if row.waiting:
        yield count("%(n)s person waiting", "%(n)s people waiting", row.waiting)
    if session.is_closed:
        yield say("the place is closed on that day")


RECENT = ActivitySource(
    read_rows=_activity_rows,
    actions=frozenset({GIVE, READ, SESSION, NOTE, CERTIFY, ENROL, ANOTHER}),
)
