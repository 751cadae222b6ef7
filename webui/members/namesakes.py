"""Marks that distinguish people of the same name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from controller.capabilities.badges import namesakes
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.context import context
from webui.guard import actor, is_allowed, site_zone
from webui.i18n import _
from webui.i18n.dates import clock, day
from webui.members.views import MemberLine


def distinguishing_marks(
    db: Session, people: Mapping[str, str], *, others: Iterable[str] = ()
) -> dict[str, str]:
    """Return a mark for each person who shares their name with another; `people` are names by id.

    `others`: further names with which they are compared.
    """
    found = namesakes.distinctions(db, people, zone=site_zone(), others=others)
    return {key: mark_text(mark) for key, mark in found.items()}


def distinguish(db: Session, lines: Sequence[MemberLine]) -> tuple[MemberLine, ...]:
    """Return the lines, with the mark beside names that several people have."""
    marks = distinguishing_marks(db, {line.id: line.name for line in lines})
    return tuple(replace(line, beside=marks.get(line.id, "")) for line in lines)


def descriptions(db: Session, members: Collection[str]) -> dict[str, str]:
    """Return a description of each record, by id, that distinguishes the two."""
    found = namesakes.of_members(db, members, zone=site_zone())
    return {key: _description(mark) for key, mark in found.items()}


def _description(mark: namesakes.Distinction) -> str:
    badge = _("badge %(ending)s", ending=mark.badge) if mark.badge else ""
    zone = site_zone()
    since = day(mark.since, context().clock(), zone)
    since_text = _("record of %(day)s at %(time)s", day=since, time=clock(mark.since, zone))
    number = _("no. %(n)s of that day", n=mark.number) if mark.number else ""
    return ", ".join(filter(None, (mark.email, badge, since_text, number)))


def mark_text(mark: namesakes.Distinction) -> str:
    """Return the mark, which no other member of the same name has.

    For readers of members it is the e-mail address, or else the end of the badge, or else, for
    those who may read it, that of the telephone number. For others it is the day of the record, and
    its number if there are several of that day.
    """
    if is_allowed(Permission.MEMBERS_READ):
        if mark.email and "email" not in mark.shared:
            return mark.email
        if mark.badge and "badge" not in mark.shared:
            return _("badge %(ending)s", ending=mark.badge)
        may_call = actor().may(Permission.MEMBERS_WRITE, mark.site_id)
        if mark.phone and may_call and "phone" not in mark.shared:
            return _("phone number ending in %(digits)s", digits=mark.phone)
    since = day(mark.since, context().clock(), site_zone())
    if mark.number:
        return _("record no. %(n)s of %(day)s", n=mark.number, day=since)
    return _("record of %(day)s", day=since)
