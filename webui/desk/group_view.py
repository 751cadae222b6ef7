"""A group whose badge was tapped: who they are, until when they stay, where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.desk import board
from controller.capabilities.groups import groups
from controller.capabilities.groups.shapes import Group
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from webui.guard import actor, site
from webui.i18n import _, plural
from webui.i18n.dates import Moment, format_until, is_date, relative


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """What the desk shows of a group."""

    id: str
    name: str
    who: str
    supervisors: str
    text: str
    more: str
    obstacle: str
    """Why the group can't come in; empty: it can."""
    gone: bool
    where: str = ""
    since: Moment | None = None


def read_group(
    db: Session, key: str, rooms: Mapping[str, str], now: Utc, zone: ZoneInfo
) -> GroupView:
    """Return a group of this site; `rooms` are the rooms' names by id. Raises NotFound."""
    stored_group = groups.get(db, key, actor=actor())
    if stored_group.site_id != site().id:
        raise NotFound("group", key)
    present = board.of_group(db, key, actor=actor())
    text, more = _headline(stored_group, now, zone)
    return GroupView(
        id=stored_group.id,
        name=stored_group.name,
        who=plural("%(n)s person", "%(n)s people", stored_group.headcount),
        supervisors=stored_group.supervisors or "",
        text=text,
        more=more,
        obstacle=_obstacle_text(stored_group, now),
        gone=stored_group.ended_at is not None,
        where=rooms.get(present.zone_id, present.zone_id) if present else "",
        since=relative(present.since, now, zone) if present else None,
    )


def _obstacle_text(group: Group, now: Utc) -> str:
    if group.ended_at is not None:
        return _("already gone")
    return _("visit over") if group.ends_at <= now else ""


def _headline(group: Group, now: Utc, zone: ZoneInfo) -> tuple[str, str]:
    ends = format_until(group.ends_at, now, zone)
    if group.ended_at is not None:
        return _("This group has left."), ""
    if group.ends_at <= now:
        text = _("This group’s visit has ended: %(time)s.", time=ends)
        if group.ends_at.astimezone(zone).date() == now.astimezone(zone).date():
            text = _("This group’s visit ended at %(time)s.", time=ends)
        return text, _("Its badge no longer works: collect it.")
    if group.badge is None:
        text = _("This group is expected until %(time)s.", time=ends)
        if is_date(ends):
            text = _("This group is expected until %(day)s.", day=ends)
        return text, _("This group has no badge.")
    text = _("This badge belongs to the group until %(time)s.", time=ends)
    if is_date(ends):
        text = _("This badge belongs to the group until %(day)s.", day=ends)
    return text, _("The badge works only while somebody supervises the room.")
