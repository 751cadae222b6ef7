"""What is written to whoever signs in: a link to a new password, and an invitation."""

from datetime import timedelta
from typing import ClassVar

from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.kernel.message import Letter, Link, Message, Telling


class ResetMessage(Message, frozen=True, kw_only=True):
    """Somebody asked for a new password."""

    WHAT: ClassVar[str] = "password_reset"
    TITLE: ClassVar[str] = N_("Mot de passe oublié")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    expires_at: str

    def until(self) -> Utc | None:
        """A link that is over is not sent any more."""
        return Utc.parse(self.expires_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        asked = N_(
            "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour le compte "
            "%(login)s."
        )
        quiet = N_("Si ce n’est pas vous, ne faites rien : votre mot de passe n’a pas changé.")
        return Letter(
            subject=to.say(N_("Nouveau mot de passe : %(place)s"), place=to.place),
            lines=(to.say(asked, login=self.login),),
            link=Link(to.say(N_("Choisir un mot de passe")), f"/reset/{to.secret}"),
            after=(to.say(N_("Ce lien sert une fois, pendant 30 minutes.")), to.say(quiet)),
        )


class InvitationMessage(Message, frozen=True, kw_only=True):
    """Somebody is asked in."""

    WHAT: ClassVar[str] = "invitation"
    TITLE: ClassVar[str] = N_("Invitation")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    expires_at: str

    def until(self) -> Utc | None:
        """A link that is over is not sent any more."""
        return Utc.parse(self.expires_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        asked = N_("Un compte vous attend sur la page des machines et des accès de %(place)s.")
        return Letter(
            subject=to.say(N_("Invitation : %(place)s"), place=to.place),
            lines=(to.say(asked, place=to.place), to.say(N_("Compte : %(name)s"), name=self.login)),
            link=Link(to.say(N_("Choisir un mot de passe")), f"/reset/{to.secret}"),
            after=(to.say(N_("Ce lien sert une fois, pendant sept jours.")),),
        )


RESET_LASTS = timedelta(minutes=30)
INVITATION_LASTS = timedelta(days=7)
MESSAGES = (ResetMessage, InvitationMessage)
