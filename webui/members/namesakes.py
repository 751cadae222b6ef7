"""Of people who have the same name: what stands beside it, so that the right one is chosen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from controller.capabilities.badges import namesakes
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.context import context
from webui.guard import is_allowed, site
from webui.i18n import _
from webui.i18n.dates import clock, day
from webui.members.views import MemberLine


def distinguishing_marks(db: Session, people: Mapping[str, str]) -> dict[str, str]:
    """By id, for those of these names by id who are called as another of them.

    For who reads members, the e-mail address, else the end of the badge; else the record's day.
    """
    return {key: _words(mark) for key, mark in namesakes.marks(db, people).items()}


def distinguish(db: Session, lines: Sequence[MemberLine]) -> tuple[MemberLine, ...]:
    """The same people, with that beside their names."""
    found = distinguishing_marks(db, {line.id: line.name for line in lines})
    return tuple(replace(line, beside=found.get(line.id, "")) for line in lines)


def descriptions(db: Session, members: Collection[str]) -> dict[str, str]:
    """By id, all of that in words, for who decides which record is whose."""
    return {key: _description(mark) for key, mark in namesakes.of_members(db, members).items()}


def _description(mark: namesakes.Mark) -> str:
    badge = _("badge %(ending)s", ending=mark.badge) if mark.badge else ""
    zone = ZoneInfo(site().time_zone)
    since = day(mark.since, context().clock(), zone)
    made = _("record of %(day)s at %(time)s", day=since, time=clock(mark.since, zone))
    return ", ".join(filter(None, (mark.email, badge, made)))


def _words(mark: namesakes.Mark) -> str:
    if is_allowed(Permission.MEMBERS_READ):
        if mark.email:
            return mark.email
        if mark.badge:
            return _("badge %(ending)s", ending=mark.badge)
    zone = ZoneInfo(site().time_zone)
    return _("record of %(day)s", day=day(mark.since, context().clock(), zone))
