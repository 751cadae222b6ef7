"""Why a member could not use what is booked for them, as the desk needs to read it."""

from controller.capabilities.bookings.booking_rights import Rights
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import MemberStatus
from controller.domain.locale.time import format_upcoming
from controller.domain.time import Utc
from webui.i18n import _, translator


def texts_for_desk(rights: Rights, denial: Decision, now: Utc) -> tuple[str, tuple[str, ...]]:
    """Return a title, and lines about the member, whom the text at a reader addresses instead.

    That text ends with whom the member can ask.
    """
    text = rights.denial_text(denial, translator(), now)
    facts, begins = text.lines[:-1], denial.detail.valid_from
    when = (
        "" if begins is None else format_upcoming(begins, now, rights.site.time_zone, translator())
    )
    match denial.reason:
        case DenyReason.MEMBER_SUSPENDED:
            has_left = rights.holder is not None and (
                rights.holder.member_status is MemberStatus.LEFT
            )
            if has_left:
                return _("This person has left the place."), ()
            return text.title, (_("Nothing can be booked for a person who is suspended."),)
        case DenyReason.OUTSIDE_PLAN_HOURS:
            return _("Outside this person’s hours"), ()
        case DenyReason.SUBSCRIPTION_MISSING if when:
            return text.title, (_("Their subscription starts %(when)s.", when=when),)
        case DenyReason.CERTIFICATION_MISSING if when:
            return text.title, (facts[0], _("Their certification starts %(when)s.", when=when))
        case DenyReason.CERTIFICATION_MISSING:
            return text.title, (*facts, _("A trainer can certify this person."))
        case DenyReason.CERTIFICATION_SUSPENDED:
            return text.title, (*facts, _("A trainer can restore it."))
        case _:
            return text.title, facts
