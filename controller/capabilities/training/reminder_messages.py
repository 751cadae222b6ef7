"""Reminders to members: a certification that ends soon, a course session within a day."""

from datetime import timedelta
from typing import ClassVar, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.training.models import (
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
)
from controller.domain.facts import HeldStatus
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import clock, in_days
from controller.domain.time import Utc
from controller.kernel.message import Letter, Link, Message, MessageContext

_DAY = timedelta(days=1)
_KEEP_BY_USE = N_("To extend it, use a machine that requires it before then.")
_KEEP_BY_COURSE = N_("To keep it, talk to a trainer or join a session.")


class CertificationEndsMessage(Message, frozen=True, kw_only=True):
    """A certification of the member ends soon."""

    WHAT: ClassVar[str] = "certification_ends"
    TITLE: ClassVar[str] = N_("Certification ending soon")
    SITE_CHOOSES: ClassVar[bool] = True
    UNTIL: ClassVar[str] = "ends_at"

    member_id: str
    certification_id: str
    name: dict[str, str]
    """The certification's name by language."""
    ends_at: str
    ends_by_disuse: bool
    """Whether it ends because it was not used."""

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return an example that ends in 60 days because of disuse."""
        return cls(
            member_id="example",
            certification_id="example",
            name={"fr": "Découpe laser", "en": "Laser cutter"},
            ends_at=Utc.of(now + 60 * _DAY).text(),
            ends_by_disuse=True,
        )

    def is_still_relevant(self, db: Session) -> bool:
        """Return False if the certification was extended, suspended or withdrawn meanwhile."""
        row = db.get(HeldRow, (self.member_id, self.certification_id))
        if row is None or row.status is not HeldStatus.ACTIVE:
            return False
        return row.valid_until == Utc.parse(self.ends_at)

    def letter(self, to: MessageContext) -> Letter:
        ends, name = Utc.parse(self.ends_at), to.name(self.name)
        days = in_days(round((ends - to.now) / _DAY), to.translator)
        line = N_("Your “%(name)s” certification is valid %(until)s.")
        advice = _KEEP_BY_USE if self.ends_by_disuse else _KEEP_BY_COURSE
        return Letter(
            subject=to.say(N_("%(name)s: your certification ends %(days)s"), name=name, days=days),
            lines=(to.say(line, name=name, until=to.until(ends)), to.say(advice)),
            link=Link(to.say(N_("See my certifications and the sessions")), "/training"),
        )


class CourseReminderMessage(Message, frozen=True, kw_only=True):
    """A course session in which the member is enrolled begins within a day."""

    WHAT: ClassVar[str] = "course_reminder"
    TITLE: ClassVar[str] = N_("Reminder the day before a session")
    SITE_CHOOSES: ClassVar[bool] = True
    UNTIL: ClassVar[str] = "starts_at"

    enrolment_id: str
    session_id: str
    course: dict[str, str]
    """The course's name by language."""
    starts_at: str
    ends_at: str

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return an example that begins tomorrow."""
        starts = Utc.of(now + _DAY)
        return cls(
            enrolment_id="example",
            session_id="example",
            course={
                "fr": "Découverte de la découpe laser",
                "en": "First steps with the laser cutter",
            },
            starts_at=starts.text(),
            ends_at=Utc.of(starts + timedelta(hours=2)).text(),
        )

    def is_still_relevant(self, db: Session) -> bool:
        """Return False if the session was cancelled or moved, or the member withdrew."""
        session = db.get(CourseSessionRow, self.session_id)
        if session is None or session.cancelled_at is not None:
            return False
        enrolment = select(EnrolmentRow.id).where(
            EnrolmentRow.id == self.enrolment_id, EnrolmentRow.status == EnrolmentStatus.ENROLLED
        )
        return session.starts_at == self.until() and db.scalar(enrolment) is not None

    def letter(self, to: MessageContext) -> Letter:
        name, when = to.name(self.course), to.when(Utc.parse(self.starts_at))
        time = clock(Utc.parse(self.ends_at), to.zone)
        line = N_("We look forward to seeing you: %(name)s, %(when)s, until %(time)s.")
        return Letter(
            subject=to.say(N_("Reminder: %(name)s, %(when)s"), name=name, when=when),
            lines=(to.say(line, name=name, when=when, time=time),),
            link=Link(to.say(N_("View or cancel the enrolment")), "/training"),
            after=(
                to.say(N_("If you can’t come, cancel your enrolment: somebody else is waiting.")),
            ),
        )
