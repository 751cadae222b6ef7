"""What is said of a badge that opens nothing, before any act, and what to do with it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.badges import stopped
from controller.capabilities.badges.stopped import Stopped
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import SuspendedBecause
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from webui.guard import actor, allowed, site
from webui.i18n import _
from webui.i18n.dates import day
from webui.members.acting import known_here


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedView:
    """A sentence, what to do, and the act that does it, where the reader of the page may."""

    text: str
    more: str
    href: str = ""
    act: str = ""


def read_stopped(db: Session, member: str, key: str, now: Utc) -> StoppedView | None:
    """About the badge that was shown; None: it works, or is not this person's."""
    if not key:
        return None
    try:
        found = stopped.stopped(db, key, actor=actor(), now=now)
        at_home = known_here(db, member).site_id == site().id
    except NotFound:
        return None
    if found is None or found.badge.member_id != member:
        return None
    return _view(found, at_home and allowed(Permission.CREDENTIALS_WRITE), now)


def _view(found: Stopped, may: bool, now: Utc) -> StoppedView:
    zone = ZoneInfo(site().time_zone)
    since = None if found.since is None else day(found.since, now, zone)
    text, more = _said(found, since)
    if not may:
        return StoppedView(text=text, more=more)
    key, member = found.badge.id, found.badge.member_id
    restore = url_for("badges.set_status", member=member, key=key, deed="restore")
    back = url_for("badges.give_back", member=member, key=key)
    href, act = {
        DenyReason.CREDENTIAL_LOST: (restore, _("Retrouvé : le rétablir")),
        DenyReason.CREDENTIAL_SUSPENDED: (restore, _("Rétablir")),
        DenyReason.CREDENTIAL_EXPIRED: (back, _("Rendu")),
    }.get(found.reason, ("", ""))
    return StoppedView(text=text, more=more, href=href, act=act)


def _said(found: Stopped, since: str | None) -> tuple[str, str]:
    """Why, and what to do."""
    if found.reason is DenyReason.CREDENTIAL_LOST:
        return (
            _("Ce badge a été déclaré perdu le %(day)s.", day=since)
            if since
            else _("Ce badge a été déclaré perdu."),
            _(
                "Gardez-le : il n’ouvre plus rien."
                " S’il est retrouvé, rétablissez-le pour le rendre."
            ),
        )
    if found.badge.suspended_because is SuspendedBecause.COPIED:
        return (
            _(
                "Ce badge a servi à deux endroits à la fois : il est suspendu depuis le %(day)s.",
                day=since,
            )
            if since
            else _("Ce badge a servi à deux endroits à la fois : il est suspendu."),
            _("Quelqu’un l’a sans doute copié. Remplacez-le plutôt que de le rétablir."),
        )
    if found.reason is DenyReason.CREDENTIAL_SUSPENDED:
        return (
            _("Ce badge est suspendu depuis le %(day)s.", day=since)
            if since
            else _("Ce badge est suspendu."),
            _("Il n’ouvre rien tant qu’il n’est pas rétabli."),
        )
    if found.reason is DenyReason.CREDENTIAL_NOT_YET_VALID:
        return (
            _("Ce badge ne marche qu’à partir du %(day)s.", day=since),
            _("Il n’ouvre rien d’ici là."),
        )
    if found.badge.lent:
        return (
            _("Le prêt de ce badge a pris fin le %(day)s.", day=since),
            _("Reprenez-le : il n’ouvre plus rien."),
        )
    return (
        _("Ce badge a pris fin le %(day)s.", day=since),
        _("Il n’ouvre plus rien : reprenez-le, et donnez-en un autre."),
    )
