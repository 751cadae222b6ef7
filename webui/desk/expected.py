"""Who and what is to come today, each with the act that ticks it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.desk.board import Board, Note
from controller.capabilities.desk.expected import Expected, Guest
from controller.domain.time import Utc
from webui.i18n import _, current, pgettext, plural
from webui.i18n.dates import Moment, clock, moment

SEATS = 20
"""Places that are drawn; of more only the number is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestView:
    """Somebody who is enrolled; `came`: since when she is there."""

    id: str
    name: str
    href: str
    came: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedView:
    """Who is to come today, and for what; `member`, `session` or `note` says what a tick does."""

    key: str
    at: Moment
    name: str
    note: str
    href: str = ""
    due: str = ""
    """What is wrong with it."""
    out: bool = False
    member: str = ""
    zone: str = ""
    is_in: bool = False
    session: str = ""
    guests: tuple[GuestView, ...] = ()
    seats: tuple[str, ...] = ()
    """`here`, `due` or `free`, each a place."""
    free: str = ""
    delivery: str = ""


def expected_view(found: Board, now: Utc, zone: ZoneInfo) -> tuple[ExpectedView, ...]:
    """By their times, in the current language."""
    rows = [(each.starts_at, _row(each, now, zone)) for each in found.expected]
    rows += [(each.expected_at or now, _delivery(each, now, zone)) for each in found.deliveries]
    return tuple(view for _at, view in sorted(rows, key=lambda row: row[0]))


def _row(each: Expected, now: Utc, zone: ZoneInfo) -> ExpectedView:
    return _booking(each, now, zone) if each.session_id is None else _session(each, now, zone)


def _booking(each: Expected, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = each.what.read(current()) if each.what else ""
    due = ""
    if each.is_out:
        due = _("out of service")
    elif each.starts_at <= now and not each.is_in:
        due = _("not here yet")
    return ExpectedView(
        key=f"{each.member_id}-{each.starts_at.millis()}",
        at=_at(each.starts_at, zone),
        name=each.who,
        note=_("%(what)s, until %(time)s", what=what, time=clock(each.ends_at, zone)),
        href=url_for("desk.show", person=each.member_id),
        due=due,
        out=each.is_out,
        member=each.member_id or "",
        zone=each.zone_id or "",
        is_in=each.is_in,
    )


def _session(each: Expected, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = each.what.read(current()) if each.what else ""
    came = sum(guest.came_at is not None for guest in each.guests)
    notes = [_("with %(name)s", name=each.trainer)] if each.trainer else []
    notes.append(plural("%(n)s here", "%(n)s here", came))
    if due := len(each.guests) - came:
        notes.append(plural("%(n)s expected", "%(n)s expected", due))
    return ExpectedView(
        key=each.session_id or "",
        at=_at(each.starts_at, zone),
        name=what or each.who or pgettext("course", "Session"),
        note=", ".join(notes),
        session=each.session_id or "",
        guests=tuple(_guest(guest, zone) for guest in each.guests),
        seats=_seats(each, came),
        free=_free(each),
    )


def _guest(each: Guest, zone: ZoneInfo) -> GuestView:
    came = _at(each.came_at, zone) if each.came_at else None
    href = url_for("desk.show", person=each.member_id)
    return GuestView(id=each.member_id, name=each.name, href=href, came=came)


def _seats(each: Expected, came: int) -> tuple[str, ...]:
    enrolled = len(each.guests)
    free = max(0, (each.places or enrolled) - enrolled)
    looks: Sequence[str] = ["here"] * came + ["due"] * (enrolled - came) + ["free"] * free
    return tuple(looks) if len(looks) <= SEATS else ()


def _free(each: Expected) -> str:
    if each.places is None:
        return ""
    free = max(0, each.places - len(each.guests))
    return plural("%(n)s free place", "%(n)s free places", free) if free else _("full")


def _delivery(each: Note, now: Utc, zone: ZoneInfo) -> ExpectedView:
    at = each.expected_at or now
    due = _("not here yet") if at <= now else ""
    name, note = _("Delivery"), each.text
    return ExpectedView(
        key=each.id, at=_at(at, zone), name=name, note=note, due=due, delivery=each.id
    )


def _at(at: Utc, zone: ZoneInfo) -> Moment:
    return moment(clock(at, zone), at, zone)
