"""The history of a member's badges and code, as text."""

from controller.capabilities.self_service import badge_history
from controller.capabilities.self_service.badge_history import BadgeChange
from controller.kernel.database import Session
from webui.i18n import _
from webui.i18n.dates import format_relative, moment
from webui.members.reading import MemberReader
from webui.parts import Part, plain, time_part
from webui.self_service.views import BadgeChangeLine


def badge_changes(db: Session, reader: MemberReader) -> tuple[BadgeChangeLine, ...]:
    """Return the changes to the member's badges and code, the newest first."""
    own = frozenset({reader.who.ref, f"member:{reader.member}", f"account:{reader.who.account_id}"})
    words = {
        "credential_created": _("Badge given"),
        "credential_lent": _("Badge lent"),
        "credential_replaces": _("Badge given to replace another one"),
        "credential_merged": _("Badge moved from another record in your name"),
        "credential_changed": _("Validity or protection of a badge changed"),
        "credential_active": _("Badge restored"),
        "credential_lost": _("Badge reported lost"),
        "credential_suspended": _("Badge suspended"),
        "credential_returned": _("Badge returned"),
        "code_choice_allowed": _("The desk allowed a code to be chosen, for ten minutes"),
        "code_set": _("Code for the terminal chosen"),
        "code_removed": _("Code for the terminal removed"),
    }
    changes = badge_history.recent_changes(db, reader.member, own_refs=own, now=reader.now)
    return tuple(
        BadgeChangeLine(text=words[change.action], parts=tuple(_parts(change, reader)))
        for change in changes
    )


def _parts(change: BadgeChange, reader: MemberReader) -> list[Part]:
    at = moment(format_relative(change.at, reader.now, reader.zone), change.at, reader.zone)
    parts = [time_part("", at)]
    if change.ending:
        parts.append(plain(_("ends in %(ending)s", ending=change.ending)))
    if change.by_member:
        parts.append(plain(_("by you")))
    elif change.by:
        parts.append(plain(_("by %(name)s", name=change.by)))
    return parts
