"""What was done about one's badges and code, in words."""

from collections.abc import Mapping

from controller.capabilities.self_service import badge_history
from controller.capabilities.self_service.badge_history import BadgeChange
from controller.kernel.database import Session
from webui.i18n import _
from webui.i18n.dates import format_relative, moment
from webui.members.reading import Reading
from webui.parts import Part, plain, timed
from webui.self_service.views import BadgeChangeLine


def badge_changes(db: Session, here: Reading) -> tuple[BadgeChangeLine, ...]:
    """The newest first."""
    own = frozenset({here.who.ref, f"member:{here.member}", f"account:{here.who.account_id}"})
    words = _words()
    found = badge_history.recent(db, here.member, own_refs=own, now=here.now)
    return tuple(
        BadgeChangeLine(text=words[each.action], parts=tuple(_parts(each, here))) for each in found
    )


def _parts(change: BadgeChange, here: Reading) -> list[Part]:
    at = moment(format_relative(change.at, here.now, here.zone), change.at, here.zone)
    parts = [timed("", at)]
    if change.ending:
        parts.append(plain(_("finit par %(ending)s", ending=change.ending)))
    if change.by_oneself:
        parts.append(plain(_("par vous")))
    elif change.by:
        parts.append(plain(_("par %(name)s", name=change.by)))
    return parts


def _words() -> Mapping[str, str]:
    return {
        "credential_created": _("Badge donné"),
        "credential_lent": _("Badge prêté"),
        "credential_replaces": _("Badge donné à la place d’un autre"),
        "credential_merged": _("Badge venu d’une autre fiche à votre nom"),
        "credential_changed": _("Durée ou protection d’un badge changée"),
        "credential_active": _("Badge rétabli"),
        "credential_lost": _("Badge déclaré perdu"),
        "credential_suspended": _("Badge suspendu"),
        "credential_returned": _("Badge rendu"),
        "code_choice_allowed": _("Choix d’un code ouvert à l’accueil, pour dix minutes"),
        "code_set": _("Code pour la borne choisi"),
        "code_removed": _("Code pour la borne retiré"),
    }
