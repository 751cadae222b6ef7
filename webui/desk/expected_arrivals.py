"""The arrivals that are expected today, each with a button that records it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.desk.board import Board, Note
from controller.capabilities.desk.expected_arrivals import ExpectedArrival, Guest
from controller.domain.time import Utc
from webui.bookings.formatting import format_span
from webui.i18n import _, current, pgettext, plural
from webui.i18n.dates import Moment, clock, moment, relative

SEATS = 20
"""Largest number of places that are drawn individually."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestView:
    """A participant of a session; `came` is the time of arrival, None: not here yet."""

    id: str
    name: str
    href: str
    came: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedView:
    """An expected arrival.

    Its button's action depends on which of `member`, `session` and `delivery` is set.
    """

    key: str
    at: Moment
    name: str
    note: str
    href: str = ""
    due: str = ""
    """Text on what is wrong, such as *not here yet*; empty: nothing."""
    is_out_of_service: bool = False
    member: str = ""
    zone: str = ""
    """Id of the room that is entered."""
    is_in: bool = False
    session: str = ""
    guests: tuple[GuestView, ...] = ()
    seats: tuple[str, ...] = ()
    """State of each place: `here`, `due` or `free`; empty if there are too many to draw."""
    free: str = ""
    delivery: str = ""
    """Id of the note on a delivery; empty: it is none."""


def expected_view(board: Board, now: Utc, zone: ZoneInfo) -> tuple[ExpectedView, ...]:
    """Return the expected arrivals by time, in the current language."""
    rows = [(visit.starts_at, _row(visit, now, zone)) for visit in board.expected]
    rows += [
        (delivery.expected_at or now, _delivery(delivery, now, zone))
        for delivery in board.deliveries
    ]
    return tuple(view for _at, view in sorted(rows, key=lambda row: row[0]))


def _row(visit: ExpectedArrival, now: Utc, zone: ZoneInfo) -> ExpectedView:
    return _booking(visit, now, zone) if visit.session_id is None else _session(visit, now, zone)


def _booking(visit: ExpectedArrival, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = visit.what.read(current()) if visit.what else ""
    due = ""
    if visit.is_out:
        due = _("out of service")
    elif visit.starts_at <= now and not visit.is_in:
        due = _("not here yet")
    return ExpectedView(
        key=f"{visit.member_id}-{visit.starts_at.millis()}",
        at=_at(visit.starts_at, zone),
        name=visit.who,
        note=_(
            "%(what)s, %(time)s",
            what=what,
            time=format_span(visit.starts_at, visit.ends_at, zone).replace("–", "\u2060–\u2060"),
        ),
        href=url_for("desk.show", person=visit.member_id),
        due=due,
        is_out_of_service=visit.is_out,
        member=visit.member_id or "",
        zone=visit.zone_id or "",
        is_in=visit.is_in,
    )


def _session(visit: ExpectedArrival, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = visit.what.read(current()) if visit.what else ""
    came = sum(guest.came_at is not None for guest in visit.guests)
    notes = [_("with %(name)s", name=visit.trainer)] if visit.trainer else []
    notes.append(plural("%(n)s here", "%(n)s here", came))
    if due := len(visit.guests) - came:
        notes.append(plural("%(n)s expected", "%(n)s expected", due))
    return ExpectedView(
        key=visit.session_id or "",
        at=_at(visit.starts_at, zone),
        name=what or visit.who or pgettext("course", "Session"),
        note=", ".join(notes),
        session=visit.session_id or "",
        guests=tuple(_guest(guest, zone) for guest in visit.guests),
        seats=_seats(visit, came),
        free=_free(visit),
    )


def _guest(guest: Guest, zone: ZoneInfo) -> GuestView:
    came = _at(guest.came_at, zone) if guest.came_at else None
    href = url_for("desk.show", person=guest.member_id)
    return GuestView(id=guest.member_id, name=guest.name, href=href, came=came)


def _seats(visit: ExpectedArrival, came: int) -> tuple[str, ...]:
    enrolled = len(visit.guests)
    free = max(0, (visit.places or enrolled) - enrolled)
    looks: Sequence[str] = ["here"] * came + ["due"] * (enrolled - came) + ["free"] * free
    return tuple(looks) if len(looks) <= SEATS else ()


def _free(visit: ExpectedArrival) -> str:
    if visit.places is None:
        return ""
    free = max(0, visit.places - len(visit.guests))
    return plural("%(n)s free place", "%(n)s free places", free) if free else _("full")


def _delivery(delivery: Note, now: Utc, zone: ZoneInfo) -> ExpectedView:
    at = delivery.expected_at or now
    due = _("not here yet") if at <= now else ""
    name, note = _("Delivery"), delivery.text
    is_today = at.astimezone(zone).date() >= now.astimezone(zone).date()
    return ExpectedView(
        key=delivery.id,
        at=_at(at, zone) if is_today else relative(at, now, zone),
        name=name,
        note=note,
        due=due,
        delivery=delivery.id,
    )


def _at(at: Utc, zone: ZoneInfo) -> Moment:
    return moment(clock(at, zone), at, zone)
