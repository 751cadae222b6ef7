"""The end of a member's last visit and its correction, for the desk and for the member."""

from dataclasses import dataclass
from datetime import time

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import endings, presence
from controller.capabilities.presence.shapes import Visit
from controller.domain.facts import Name
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.names import names_of, short_login
from controller.policy.reading import from_json
from webui.guard import actor, site
from webui.i18n import _, current
from webui.i18n.dates import format_until
from webui.members.reading import MemberReader


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """A visit as a sentence."""

    id: str
    text: str
    is_going_on: bool


def last_visit(reader: MemberReader) -> VisitView | None:
    """Return the last visit whose end can be corrected; None: there is none."""
    db, site_id = reader.db, site().id
    visit = endings.last_visit(db, reader.member, site_id, actor=reader.who, now=reader.now)
    if visit is None:
        return None
    is_going_on = visit.ended_at is None
    return VisitView(id=visit.id, text=_sentence(visit, reader), is_going_on=is_going_on)


def _sentence(visit: Visit, reader: MemberReader) -> str:
    zone = reader.db.get_one(ZoneRow, visit.zone_id)
    parts = {
        "room": from_json(zone.name, Name).read(current()),
        "since": format_until(visit.since, reader.now, reader.zone),
    }
    if visit.ended_at is None:
        return _("%(room)s: came in %(since)s, and has not left since.", **parts)
    parts["end"] = format_until(visit.ended_at, reader.now, reader.zone)
    if visit.corrected_by is None:
        return _("%(room)s: came in %(since)s, signed out automatically %(end)s.", **parts)
    name = names_of(reader.db, [visit.corrected_by]).get(visit.corrected_by)
    parts["who"] = short_login(name) if name else _("somebody who has been erased since")
    return _("%(room)s: came in %(since)s, exit corrected to %(end)s by %(who)s.", **parts)


def correct(db: Session, key: str, clock: time, reader: MemberReader) -> None:
    """Correct when the person left, as a time during the visit.

    Raises NotFound, Invalid, Forbidden.
    """
    visit = endings.last_visit(db, reader.member, site().id, actor=actor(), now=reader.now)
    if visit is None or visit.id != key:
        raise NotFound("visit", key)
    left = endings.moment_after(visit.since, clock, reader.zone)
    if visit.ended_at is None:
        presence.check_out(db, key, actor=actor(), now=reader.now, at=left)
    else:
        endings.correct(db, key, left, actor=actor(), now=reader.now)
