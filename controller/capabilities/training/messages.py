"""What this feature writes to members."""

from typing import ClassVar

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training.models import CourseSessionRow
from controller.capabilities.training.reminder_messages import (
    CertificationEndsMessage,
    CourseReminderMessage,
)
from controller.domain.facts import MemberStatus, Name
from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.domain.words.time import about
from controller.kernel.message import Letter, Link, Message, Telling

_STILL_ENROLLED = N_("Votre inscription vaut toujours. Si vous ne venez pas, rendez votre place.")


class MovedUpMessage(Message, frozen=True, kw_only=True):
    """A place of a course session came free, and it is theirs."""

    WHAT: ClassVar[str] = "moved_up"
    TITLE: ClassVar[str] = N_("Place libérée dans une séance")
    URGENT: ClassVar[bool] = True  # it may be tomorrow morning's

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str

    def until(self) -> Utc | None:
        """Once it has begun it is no news."""
        return Utc.parse(self.starts_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name = to.name(self.course)
        lines = N_("Une place s’est libérée, et elle est à vous : %(name)s, %(when)s.")
        return Letter(
            subject=to.say(N_("Vous avez une place : %(name)s"), name=name),
            lines=(to.say(lines, name=name, when=to.when(Utc.parse(self.starts_at))),),
            link=Link(to.say(N_("Voir ou rendre la place")), "/training"),
            after=(to.say(N_("Si vous ne venez pas, rendez-la : quelqu’un d’autre attend.")),),
        )


class CalledOffMessage(Message, frozen=True, kw_only=True):
    """A course session to which they were to come does not take place."""

    WHAT: ClassVar[str] = "called_off"
    TITLE: ClassVar[str] = N_("Séance annulée")
    URGENT: ClassVar[bool] = True  # it may be tomorrow morning's

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str
    session_id: str

    def until(self) -> Utc | None:
        """Once it would have begun it is no news."""
        return Utc.parse(self.starts_at)

    def still(self, db: Session) -> bool:
        """Unless it takes place after all."""
        row = db.get(CourseSessionRow, self.session_id)
        return row is not None and row.cancelled_at is not None

    def letter(self, to: Telling) -> Letter:
        """As it is read, with the reason that stands there now."""
        name, when = to.name(self.course), to.when(Utc.parse(self.starts_at))
        row = to.db.get(CourseSessionRow, self.session_id)
        lines = [to.say(N_("La séance n’a pas lieu : %(name)s, %(when)s."), name=name, when=when)]
        if row is not None and row.cancelled_reason:
            lines.append(to.say(N_("Pourquoi : %(reason)s"), reason=row.cancelled_reason))
        return Letter(
            subject=to.say(N_("Séance annulée : %(name)s"), name=name),
            lines=tuple(lines),
            link=Link(to.say(N_("Voir les autres séances")), "/training"),
        )


class OtherTimeMessage(Message, frozen=True, kw_only=True):
    """A course session to which they are to come is at another time."""

    WHAT: ClassVar[str] = "other_time"
    TITLE: ClassVar[str] = N_("Séance déplacée")
    URGENT: ClassVar[bool] = True  # it may be tomorrow morning's

    course: dict[str, str]
    """Its name, by language."""
    before: str
    starts_at: str
    session_id: str

    def until(self) -> Utc | None:
        """Once it has begun it is no news."""
        return Utc.parse(self.starts_at)

    def still(self, db: Session) -> bool:
        """Unless it is called off, or was moved once more: then that is told."""
        row = db.get(CourseSessionRow, self.session_id)
        return row is not None and row.cancelled_at is None and row.starts_at == self.until()

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name = to.name(self.course)
        before, when = (to.when(Utc.parse(each)) for each in (self.before, self.starts_at))
        return Letter(
            subject=to.say(N_("Séance déplacée : %(name)s"), name=name),
            lines=(
                to.say(N_("La séance change d’heure : %(name)s, %(when)s."), name=name, when=when),
                to.say(N_("Elle était prévue : %(when)s."), when=before),
            ),
            link=Link(to.say(N_("Voir ou rendre la place")), "/training"),
            after=(to.say(_STILL_ENROLLED),),
        )


class AfterAllMessage(Message, frozen=True, kw_only=True):
    """A course session of which they read that it is called off takes place after all."""

    WHAT: ClassVar[str] = "after_all"
    TITLE: ClassVar[str] = N_("Séance maintenue")
    URGENT: ClassVar[bool] = True  # it may be tomorrow morning's

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str
    session_id: str

    def until(self) -> Utc | None:
        """Once it has begun it is no news."""
        return Utc.parse(self.starts_at)

    def still(self, db: Session) -> bool:
        """Unless it is called off again."""
        row = db.get(CourseSessionRow, self.session_id)
        return row is not None and row.cancelled_at is None

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name, when = to.name(self.course), to.when(Utc.parse(self.starts_at))
        line = N_("La séance a lieu finalement : %(name)s, %(when)s.")
        return Letter(
            subject=to.say(N_("La séance a lieu : %(name)s"), name=name),
            lines=(to.say(line, name=name, when=when),),
            link=Link(to.say(N_("Voir ou rendre la place")), "/training"),
            after=(to.say(_STILL_ENROLLED),),
        )


class NamedTrainerMessage(Message, frozen=True, kw_only=True):
    """The desk named the reader as the trainer of a session, or moved it."""

    WHAT: ClassVar[str] = "named_trainer"
    TITLE: ClassVar[str] = N_("Séance à animer")
    MAY_STOP: ClassVar[bool] = (
        False  # who invents a session in somebody's name must not stay unseen
    )

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str
    ends_at: str

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        when = to.when(Utc.parse(self.starts_at))
        until = to.when(Utc.parse(self.ends_at))
        named = N_("L’accueil a mis votre nom pour animer cette séance : %(when)s.")
        lines = [to.say(named, when=when), to.say(N_("Elle finit : %(when)s."), when=until)]
        if name := to.name(self.course):
            lines.append(to.say(N_("Elle s’appelle : %(name)s."), name=name))
        wrong = N_(
            "Pendant une séance, les machines ne coûtent rien à qui y participe. Elle n’est pas"
            " prévue avec vous ? Dites-le à l’équipe."
        )
        return Letter(
            subject=to.say(N_("Une séance à animer : %(when)s"), when=when),
            lines=tuple(lines),
            link=Link(to.say(N_("Voir les séances")), "/training"),
            after=(to.say(wrong),),
        )


class CertifiedWithYourBadgeMessage(Message, frozen=True, kw_only=True):
    """A certification was given at a machine in the name of the trainer who reads this."""

    WHAT: ClassVar[str] = "certified_with_badge"
    TITLE: ClassVar[str] = N_("Habilitation donnée avec votre badge")
    MAY_STOP: ClassVar[bool] = False  # who has stolen an agent's key must not stay unseen

    member_id: str
    """Who was certified."""
    certification: Name
    machine: Name
    at: str

    def still(self, db: Session) -> bool:
        """As long as that person is known."""
        row = db.get(MemberRow, self.member_id)
        return row is not None and row.status is not MemberStatus.LEFT

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name = to.db.get_one(MemberRow, self.member_id).display_name
        where, what = (
            each.read(to.translator.language) for each in (self.machine, self.certification)
        )
        when = about(Utc.parse(self.at), to.now, to.zone, to.translator)
        read = N_("Votre badge, puis celui de %(name)s, ont été lus : %(where)s, %(when)s.")
        given = N_("%(name)s a maintenant cette habilitation : %(what)s.")
        wrong = N_(
            "Ce n’était pas vous ? Dites-le tout de suite à l’équipe : elle suspend "
            "l’habilitation et vérifie le boîtier."
        )
        return Letter(
            subject=to.say(N_("Avec votre badge : %(name)s a une habilitation"), name=name),
            lines=(
                to.say(read, name=name, where=where, when=when),
                to.say(given, name=name, what=what),
            ),
            after=(to.say(wrong),),
        )


MESSAGES = (
    MovedUpMessage,
    CalledOffMessage,
    OtherTimeMessage,
    AfterAllMessage,
    NamedTrainerMessage,
    CertifiedWithYourBadgeMessage,
    CertificationEndsMessage,
    CourseReminderMessage,
)
