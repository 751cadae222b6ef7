"""What is written to a member about their badges."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from controller.domain.words.catalogue import N_
from controller.kernel.message import Letter, Link, Message, Telling


class How(StrEnum):
    """How a badge came to somebody."""

    GIVEN = "given"
    LENT = "lent"
    REPLACED = "replaced"
    RESTORED = "restored"
    MERGED = "merged"
    """With another record of the same person."""


_SUBJECTS: Mapping[How, str] = {
    How.GIVEN: N_("Un badge vous a été donné : %(place)s"),
    How.LENT: N_("Un badge vous a été prêté : %(place)s"),
    How.REPLACED: N_("Votre badge a été remplacé : %(place)s"),
    How.RESTORED: N_("Votre badge marche de nouveau : %(place)s"),
    How.MERGED: N_("Un badge a rejoint votre fiche : %(place)s"),
}
_LINES: Mapping[How, str] = {
    How.GIVEN: N_("Un badge qui finit par %(ending)s vous a été donné. Il ouvre en votre nom."),
    How.LENT: N_(
        "Un badge qui finit par %(ending)s vous a été prêté. D’ici à son retour, il ouvre en votre "
        "nom."
    ),
    How.REPLACED: N_(
        "Un nouveau badge, qui finit par %(ending)s, remplace le vôtre. L’ancien n’ouvre plus rien."
    ),
    How.RESTORED: N_(
        "Votre badge qui finit par %(ending)s était bloqué ou expiré. Il ouvre de nouveau en votre "
        "nom."
    ),
    How.MERGED: N_(
        "Deux fiches à votre nom n’en font plus qu’une. Le badge qui finit par %(ending)s, de "
        "l’autre fiche, ouvre maintenant en votre nom."
    ),
}


class BadgeMessage(Message, frozen=True, kw_only=True):
    """A badge opens in a member's name from now on."""

    WHAT: ClassVar[str] = "badge"
    TITLE: ClassVar[str] = N_("Nouveau badge")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    how: How
    ending: str
    """The last characters of its number, as pages show it."""

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        wrong = N_(
            "Si ce badge n’est pas dans vos mains, bloquez-le dans Mon espace et prévenez le lieu."
        )
        return Letter(
            subject=to.say(_SUBJECTS[self.how], place=to.place),
            lines=(to.say(_LINES[self.how], ending=self.ending), to.say(wrong)),
            link=Link(to.say(N_("Voir mes badges")), "/mine#badge"),
        )


class CopiedMessage(Message, frozen=True, kw_only=True):
    """Their badge was used at two places at once, and is suspended."""

    WHAT: ClassVar[str] = "badge_copied"
    TITLE: ClassVar[str] = N_("Badge suspendu : sans doute copié")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    ending: str
    """The last characters of its number, as pages show it."""

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        copied = N_(
            "Votre badge qui finit par %(ending)s a servi à deux endroits en moins de temps qu’il "
            "n’en faut pour aller de l’un à l’autre. Quelqu’un l’a sans doute copié : il est "
            "suspendu et n’ouvre plus rien."
        )
        return Letter(
            subject=to.say(N_("Votre badge est suspendu : %(place)s"), place=to.place),
            lines=(
                to.say(copied, ending=self.ending),
                to.say(N_("Vos droits restent. L’accueil vous donne un autre badge.")),
            ),
            link=Link(to.say(N_("Voir mes badges")), "/mine#badge"),
        )


MESSAGES = (BadgeMessage, CopiedMessage)
