"""Outcomes are noted, and people certified by them, from the session's day on."""

from zoneinfo import ZoneInfo

from controller.capabilities.training import course_sessions
from controller.domain.time import Utc
from controller.domain.words.time import when as soon
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from controller.kernel.errors import ServiceError
from webui.i18n import _, words


class TooEarly(ServiceError):
    """The message says from when on, in the page's language."""


def early(starts: Utc, now: Utc, zone: ZoneInfo) -> str:
    """Why not yet; nothing from its day on."""
    if now.astimezone(zone).date() >= starts.astimezone(zone).date():
        return ""
    at = soon(starts, now, str(zone), words())
    return _("Les résultats se notent le jour de la séance : %(when)s.", when=at)


def require_its_day(db: Session, session: str, *, actor: Actor, now: Utc, zone: ZoneInfo) -> None:
    """Raises TooEarly, and NotFound for a session that the actor may not know of."""
    if why := early(course_sessions.get(db, session, actor=actor).starts_at, now, zone):
        raise TooEarly(why)
