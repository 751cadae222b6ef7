"""Messages to members about course sessions and certifications."""

from typing import ClassVar

from sqlalchemy.orm import Session

from controller.capabilities.training.models import CourseSessionRow
from controller.capabilities.training.reminder_messages import (
    CertificationEndsMessage,
    CourseReminderMessage,
)
from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import format_near
from controller.domain.time import Utc
from controller.kernel.message import Letter, Link, Message, MessageContext

_STILL_ENROLLED = N_("Your enrolment is still valid. If you can’t come, cancel it.")


class MovedUpMessage(Message, frozen=True, kw_only=True):
    """The member moved up from the waiting list and has a seat in a course session."""

    WHAT: ClassVar[str] = "moved_up"
    TITLE: ClassVar[str] = N_("Free place in a session")
    URGENT: ClassVar[bool] = True  # it may be early tomorrow
    UNTIL: ClassVar[str] = "starts_at"

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str

    def letter(self, to: MessageContext) -> Letter:
        name = to.name(self.course)
        lines = N_("A place has become free, and it is yours: %(name)s, %(when)s.")
        return Letter(
            subject=to.say(N_("You have a place: %(name)s"), name=name),
            lines=(to.say(lines, name=name, when=to.when(Utc.parse(self.starts_at))),),
            link=Link(to.say(N_("View or cancel the enrolment")), "/training"),
            after=(
                to.say(N_("If you can’t come, cancel your enrolment: somebody else is waiting.")),
            ),
        )


class SessionCancelledMessage(Message, frozen=True, kw_only=True):
    """A course session in which the member is enrolled or waiting is cancelled."""

    WHAT: ClassVar[str] = "called_off"
    TITLE: ClassVar[str] = N_("Session cancelled")
    URGENT: ClassVar[bool] = True  # the session may be tomorrow morning
    UNTIL: ClassVar[str] = "starts_at"

    course: dict[str, str]
    """The course's name by language."""
    starts_at: str
    session_id: str

    def is_still_relevant(self, db: Session) -> bool:
        """Return False if the session was reinstated meanwhile."""
        row = db.get(CourseSessionRow, self.session_id)
        return row is not None and row.cancelled_at is not None

    def letter(self, to: MessageContext) -> Letter:
        """Return the letter that the member reads, with the current reason."""
        name, when = to.name(self.course), to.when(Utc.parse(self.starts_at))
        row = to.db.get(CourseSessionRow, self.session_id)
        lines = [to.say(N_("This session is cancelled: %(name)s, %(when)s."), name=name, when=when)]
        if row is not None and row.cancelled_reason:
            lines.append(to.say(N_("Reason given: %(reason)s"), reason=row.cancelled_reason))
        return Letter(
            subject=to.say(N_("Session cancelled: %(name)s"), name=name),
            lines=tuple(lines),
            link=Link(to.say(N_("See the other sessions")), "/training"),
        )


class SessionMovedMessage(Message, frozen=True, kw_only=True):
    """A course session in which the member is enrolled or waiting was moved to another time."""

    WHAT: ClassVar[str] = "other_time"
    TITLE: ClassVar[str] = N_("Session moved")
    URGENT: ClassVar[bool] = True  # the session may be tomorrow morning
    UNTIL: ClassVar[str] = "starts_at"

    course: dict[str, str]
    """The course's name by language."""
    before: str
    """The former start."""
    starts_at: str
    session_id: str

    def is_still_relevant(self, db: Session) -> bool:
        """Return False if the session was cancelled, or moved again, for which there is another
        message."""
        row = db.get(CourseSessionRow, self.session_id)
        return row is not None and row.cancelled_at is None and row.starts_at == self.until()

    def letter(self, to: MessageContext) -> Letter:
        name = to.name(self.course)
        before, when = (to.when(Utc.parse(text)) for text in (self.before, self.starts_at))
        return Letter(
            subject=to.say(N_("Session moved: %(name)s"), name=name),
            lines=(
                to.say(
                    N_("This session has been moved: %(name)s, %(when)s."), name=name, when=when
                ),
                to.say(N_("It was planned for: %(when)s."), when=before),
            ),
            link=Link(to.say(N_("View or cancel the enrolment")), "/training"),
            after=(to.say(_STILL_ENROLLED),),
        )


class SessionReinstatedMessage(Message, frozen=True, kw_only=True):
    """A course session is reinstated after the member was told that it is cancelled."""

    WHAT: ClassVar[str] = "after_all"
    TITLE: ClassVar[str] = N_("Session reinstated")
    URGENT: ClassVar[bool] = True  # it may be early tomorrow
    UNTIL: ClassVar[str] = "starts_at"

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str
    session_id: str

    def is_still_relevant(self, db: Session) -> bool:
        """Return False if the session was cancelled again."""
        row = db.get(CourseSessionRow, self.session_id)
        return row is not None and row.cancelled_at is None

    def letter(self, to: MessageContext) -> Letter:
        name, when = to.name(self.course), to.when(Utc.parse(self.starts_at))
        line = N_("This session will take place after all: %(name)s, %(when)s.")
        return Letter(
            subject=to.say(N_("The session will take place: %(name)s"), name=name),
            lines=(to.say(line, name=name, when=when),),
            link=Link(to.say(N_("View or cancel the enrolment")), "/training"),
            after=(to.say(_STILL_ENROLLED),),
        )


class NamedTrainerMessage(Message, frozen=True, kw_only=True):
    """The desk named the recipient as the trainer of a session, or moved such a session."""

    WHAT: ClassVar[str] = "named_trainer"
    TITLE: ClassVar[str] = N_("Session to teach")
    MAY_STOP: ClassVar[bool] = False  # somebody may invent a session in another's name
    URGENT: ClassVar[bool] = True  # it may begin at once

    course: dict[str, str]
    """The course's name by language; empty without one: a theme is what the desk has typed."""
    starts_at: str
    ends_at: str

    def letter(self, to: MessageContext) -> Letter:
        """Return the letter that the trainer reads."""
        when = to.when(Utc.parse(self.starts_at))
        until = to.when(Utc.parse(self.ends_at))
        line = N_("The desk has put you down as the trainer for this session: %(when)s.")
        lines = [to.say(line, when=when), to.say(N_("End: %(when)s."), when=until)]
        if name := to.name(self.course):
            lines.append(to.say(N_("Name: %(name)s."), name=name))
        wrong = N_(
            "During a session, participants use machines free of charge. If this was not "
            "arranged with you, tell the team."
        )
        return Letter(
            subject=to.say(N_("A session to teach: %(when)s"), when=when),
            lines=tuple(lines),
            link=Link(to.say(N_("See the sessions")), "/training"),
            after=(to.say(wrong),),
        )


class CertifiedWithYourBadgeMessage(Message, frozen=True, kw_only=True):
    """Tells a trainer that a certification was given at a machine with their badge."""

    WHAT: ClassVar[str] = "certified_with_badge"
    TITLE: ClassVar[str] = N_("Certification given with your badge")
    MAY_STOP: ClassVar[bool] = False  # the misuse of a stolen agent key must be noticed
    URGENT: ClassVar[bool] = True

    certification: Name
    machine: Name
    at: str

    def letter(self, to: MessageContext) -> Letter:
        """Return the letter that the trainer reads, without the certified member's name."""
        where, what = (
            label.read(to.translator.language) for label in (self.machine, self.certification)
        )
        when = format_near(Utc.parse(self.at), to.now, to.zone, to.translator)
        badges_text = N_("Your badge, then somebody else’s, were read: %(where)s, %(when)s.")
        certification_text = N_("Since then, that person holds this certification: %(what)s.")
        warning = N_(
            "If it was not you, tell the team at once: they will suspend the certification and "
            "check the box."
        )
        return Letter(
            subject=to.say(N_("Certification given with your badge")),
            lines=(
                to.say(badges_text, where=where, when=when),
                to.say(certification_text, what=what),
            ),
            link=Link(to.say(N_("See who is certified")), "/training"),
            after=(to.say(warning),),
        )


MESSAGES = (
    MovedUpMessage,
    SessionCancelledMessage,
    SessionMovedMessage,
    SessionReinstatedMessage,
    NamedTrainerMessage,
    CertifiedWithYourBadgeMessage,
    CertificationEndsMessage,
    CourseReminderMessage,
)
