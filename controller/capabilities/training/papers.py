"""The attendance sheet of a course session and the certificate of attendance, as PDF."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.training import enrolments
from controller.capabilities.training.course_sessions import check_may_run, session_row
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentStatus,
    Outcome,
)
from controller.capabilities.training.shapes import Enrolment
from controller.domain.facts import Language, Name
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.schedule import local_time
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.paper import Paper
from controller.kernel.translation import translator
from controller.policy.reading import from_json

_OUTCOMES = {
    Outcome.PASSED: N_("passed"),
    Outcome.TO_REVIEW: N_("to review"),
    Outcome.ABSENT: N_("absent"),
}


@dataclass(frozen=True, slots=True)
class _SessionDetails:
    """Session details for both documents."""

    site: str
    what: str
    when: str
    hours: str
    trainer: str | None
    translator: Translator


def attendance_sheet(db: Session, session_id: str, *, actor: Actor, now: Utc) -> bytes:
    """Return the PDF to print and sign: the enrolled members, and empty rows for others."""
    session = session_row(db, session_id, actor)
    check_may_run(db, session, actor, now)
    about = _session_details(db, session, db.get_one(SiteRow, session.site_id).language)
    people = enrolments.of_session(db, session_id, actor=actor, now=now)
    paper = Paper(about.translator.say("Attendance sheet"), about.site)
    _head(paper, about)
    rows = [
        (person.name, about.translator.say(_OUTCOMES[person.outcome]) if person.outcome else "", "")
        for person in people
        if person.status is EnrolmentStatus.ENROLLED
    ]
    paper.table(
        (
            about.translator.say("Name"),
            about.translator.say("Outcome"),
            about.translator.say("Signature"),
        ),
        [*rows, *[("", "", "")] * 4],
    )
    return paper.bytes()


def certificate(db: Session, session_id: str, member_id: str, *, actor: Actor, now: Utc) -> bytes:
    """Return the PDF that certifies that a member took part.

    Only for the member and for those who may read about members. Raises NotFound, Conflict.
    """
    session = session_row(db, session_id, actor)
    if actor.member_id != member_id and not actor.may(Permission.MEMBERS_READ, session.site_id):
        raise NotFound("enrolment", member_id)
    own_enrolments = [
        enrolment
        for enrolment in enrolments.of_session(db, session_id, actor=actor, now=now)
        if enrolment.member_id == member_id
    ]
    if not own_enrolments:
        raise NotFound("enrolment", member_id)
    if not _has_taken_part(own_enrolments[0]):
        raise Conflict("this person's attendance is not recorded")
    about = _session_details(db, session, db.get_one(MemberRow, member_id).language)
    paper = Paper(about.translator.say("Certificate of attendance"), about.site)
    paper.line(
        about.translator.say("%(site)s certifies that", site=about.site),
        own_enrolments[0].name,
        about.translator.say("took part in:"),
    )
    _head(paper, about)
    return paper.bytes()


def _has_taken_part(enrolment: Enrolment) -> bool:
    """Return whether there is an outcome; a badge tap alone does not prove participation."""
    return enrolment.outcome in (Outcome.PASSED, Outcome.TO_REVIEW)


def _head(paper: Paper, about: _SessionDetails) -> None:
    say = about.translator.say
    lines = [
        say("Session: %(what)s", what=about.what),
        say("Date: %(when)s", when=about.when),
        say("Duration: %(hours)s", hours=about.hours),
    ]
    if about.trainer:
        lines.append(say("Trainer: %(name)s", name=about.trainer))
    paper.line(*lines)


def _session_details(db: Session, session: CourseSessionRow, language: Language) -> _SessionDetails:
    site = db.get_one(SiteRow, session.site_id)
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    trainer = db.get(MemberRow, session.trainer_id) if session.trainer_id else None
    names = [from_json(course.name, Name).read(language)] if course else []
    start, end = (local_time(site.time_zone, at) for at in (session.starts_at, session.ends_at))
    minutes = int((session.ends_at - session.starts_at).total_seconds() // 60)
    say = translator(db, language).say
    date = {"day": start.day, "month": start.month, "year": start.year}
    day = say("%(year)d-%(month)02d-%(day)02d", **date)
    return _SessionDetails(
        site=from_json(site.name, Name).read(language),
        what=", ".join([*names, *filter(None, [session.theme])]) or session.kind.value,
        when=f"{day}, {start:%H:%M} – {end:%H:%M}",
        hours=say("%(hours)d h %(minutes)02d", hours=minutes // 60, minutes=minutes % 60),
        trainer=trainer.display_name if trainer else None,
        translator=translator(db, language),
    )
