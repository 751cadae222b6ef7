"""Messages to members about their badges."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from controller.domain.locale.catalogue import N_
from controller.kernel.message import Letter, Link, Message, MessageContext


class HandoverReason(StrEnum):
    """Why a member has a working badge."""

    GIVEN = "given"
    LENT = "lent"
    REPLACED = "replaced"
    RESTORED = "restored"
    MERGED = "merged"
    """The badge belonged to another record of the same person, which was merged."""
    PROTECTED = "protected"
    """Keys are being written to the card."""
    LOWERED = "lowered"
    """The badge works with less proof than before."""
    LENGTHENED = "lengthened"
    """The badge works earlier, or ends later, than when it was given."""


_SUBJECTS: Mapping[HandoverReason, str] = {
    HandoverReason.GIVEN: N_("You were given a badge: %(place)s"),
    HandoverReason.LENT: N_("You were lent a badge: %(place)s"),
    HandoverReason.REPLACED: N_("Your badge was replaced: %(place)s"),
    HandoverReason.RESTORED: N_("Your badge works again: %(place)s"),
    HandoverReason.MERGED: N_("A badge was added to your record: %(place)s"),
    HandoverReason.PROTECTED: N_("Your badge is protected against copying: %(place)s"),
    HandoverReason.LOWERED: N_("Your badge is less protected against copying: %(place)s"),
    HandoverReason.LENGTHENED: N_("Your badge works for longer: %(place)s"),
}
_LINES: Mapping[HandoverReason, str] = {
    HandoverReason.GIVEN: N_("You were given a badge ending in %(ending)s. It works in your name."),
    HandoverReason.LENT: N_(
        "You were lent a badge ending in %(ending)s. Until you return it, it works in your name."
    ),
    HandoverReason.REPLACED: N_(
        "A new badge ending in %(ending)s replaces yours. The old one no longer works."
    ),
    HandoverReason.RESTORED: N_(
        "Your badge ending in %(ending)s was blocked or had expired. It works in your name again."
    ),
    HandoverReason.MERGED: N_(
        "Two records in your name have been merged. The badge ending in %(ending)s, from the "
        "other record, now works in your name."
    ),
    HandoverReason.PROTECTED: N_(
        "Keys are being written to your badge ending in %(ending)s, at one of the place’s "
        "readers. From then on, only the card with these keys works in your name."
    ),
    HandoverReason.LOWERED: N_(
        "Readers now ask for less proof from your badge ending in %(ending)s: a copy of it is "
        "easier to make, and would work in your name."
    ),
    HandoverReason.LENGTHENED: N_(
        "The badge ending in %(ending)s now works in your name for longer than before."
    ),
}


class BadgeMessage(Message, frozen=True, kw_only=True):
    """Tells a member about a badge that works in their name."""

    WHAT: ClassVar[str] = "badge"
    TITLE: ClassVar[str] = N_("New badge")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    how: HandoverReason
    ending: str
    """The last characters of the badge's number, as pages show it."""

    def letter(self, to: MessageContext) -> Letter:
        wrong = N_("If you do not have this badge, block it in My page and tell the place.")
        return Letter(
            subject=to.say(_SUBJECTS[self.how], place=to.place),
            lines=(to.say(_LINES[self.how], ending=self.ending), to.say(wrong)),
            link=Link(to.say(N_("See my badges")), "/mine#badge"),
        )


class CopiedMessage(Message, frozen=True, kw_only=True):
    """A member's badge was used at two places at once, and is suspended."""

    WHAT: ClassVar[str] = "badge_copied"
    TITLE: ClassVar[str] = N_("Badge suspended: probably copied")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    ending: str
    """The last characters of the badge's number, as pages show it."""

    def letter(self, to: MessageContext) -> Letter:
        copied = N_(
            "Your badge ending in %(ending)s was used at two places in less time than it takes "
            "to get from one to the other. It has probably been copied: it is suspended and no "
            "longer works."
        )
        return Letter(
            subject=to.say(N_("Your badge is suspended: %(place)s"), place=to.place),
            lines=(
                to.say(copied, ending=self.ending),
                to.say(N_("Your rights are unchanged. Ask the desk for another badge.")),
            ),
            link=Link(to.say(N_("See my badges")), "/mine#badge"),
        )


MESSAGES = (BadgeMessage, CopiedMessage)
