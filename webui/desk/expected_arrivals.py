"""The arrivals that are expected today, each with a button that records it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.desk.board import Board, Note
from controller.capabilities.desk.expected_arrivals import ExpectedArrival, Participant
from controller.domain.time import Utc
from webui.bookings.formatting import format_span
from webui.i18n import _, current, pgettext, plural
from webui.i18n.dates import Moment, clock, moment, relative

SEATS = 20
"""Largest number of places that are drawn individually."""


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
    participants: tuple[Participant, ...] = ()
    seats: tuple[str, ...] = ()
    """State of each place: `here`, `due` or `free`; empty if there are too many to draw."""
    free: str = ""
    delivery: str = ""
    """Id of the note on a delivery; empty: it is none."""
    is_earlier: bool = False
    """Whether it was expected before today."""


def expected_view(board: Board, now: Utc, zone: ZoneInfo) -> tuple[ExpectedView, ...]:
    """Return the expected arrivals by time, in the current language."""
    rows = [(arrival.starts_at, _row(arrival, now, zone)) for arrival in board.expected]
    rows += [
        (delivery.expected_at or now, _delivery(delivery, now, zone))
        for delivery in board.deliveries
    ]
    return tuple(view for _time, view in sorted(rows, key=lambda row: row[0]))


def _row(arrival: ExpectedArrival, now: Utc, zone: ZoneInfo) -> ExpectedView:
    return (
        _booking(arrival, now, zone) if arrival.session_id is None else _session(arrival, now, zone)
    )


def _booking(arrival: ExpectedArrival, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = arrival.what.read(current()) if arrival.what else ""
    due = ""
    if arrival.is_out_of_service:
        due = _("out of service")
    elif arrival.starts_at <= now and not arrival.is_in:
        due = _("not here yet")
    return ExpectedView(
        key=f"{arrival.member_id}-{arrival.starts_at.millis()}",
        at=_expected_at(arrival.starts_at, now, zone),
        is_earlier=_is_earlier(arrival.starts_at, now, zone),
        name=arrival.who,
        note=_(
            "%(what)s, %(time)s",
            what=what,
            time=format_span(arrival.starts_at, arrival.ends_at, zone).replace(
                "–", "\u2060–\u2060"
            ),
        ),
        href=url_for("desk.show", person=arrival.member_id),
        due=due,
        is_out_of_service=arrival.is_out_of_service,
        member=arrival.member_id or "",
        zone=arrival.zone_id or "",
        is_in=arrival.is_in,
    )


def _session(arrival: ExpectedArrival, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = arrival.what.read(current()) if arrival.what else ""
    here = sum(participant.arrived_at is not None for participant in arrival.participants)
    notes = [_("with %(name)s", name=arrival.trainer)] if arrival.trainer else []
    notes.append(plural("%(n)s here", "%(n)s here", here))
    if due := len(arrival.participants) - here:
        notes.append(plural("%(n)s expected", "%(n)s expected", due))
    return ExpectedView(
        key=arrival.session_id or "",
        at=_expected_at(arrival.starts_at, now, zone),
        is_earlier=_is_earlier(arrival.starts_at, now, zone),
        name=what or arrival.who or pgettext("course", "Session"),
        note=", ".join(notes),
        session=arrival.session_id or "",
        participants=arrival.participants,
        seats=_seats(arrival, here),
        free=_free(arrival),
    )


def _seats(arrival: ExpectedArrival, here: int) -> tuple[str, ...]:
    enrolled = len(arrival.participants)
    free = max(0, (arrival.places or enrolled) - enrolled)
    looks: Sequence[str] = ["here"] * here + ["due"] * (enrolled - here) + ["free"] * free
    return tuple(looks) if len(looks) <= SEATS else ()


def _free(arrival: ExpectedArrival) -> str:
    if arrival.places is None:
        return ""
    free = max(0, arrival.places - len(arrival.participants))
    return plural("%(n)s free place", "%(n)s free places", free) if free else _("full")


def _delivery(delivery: Note, now: Utc, zone: ZoneInfo) -> ExpectedView:
    at = delivery.expected_at or now
    due = _("not here yet") if at <= now else ""
    name, note = _("Delivery"), delivery.text
    return ExpectedView(
        key=delivery.id,
        at=_expected_at(at, now, zone),
        is_earlier=_is_earlier(at, now, zone),
        name=name,
        note=note,
        due=due,
        delivery=delivery.id,
    )


def _is_earlier(at: Utc, now: Utc, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).date() < now.astimezone(zone).date()


def _expected_at(at: Utc, now: Utc, zone: ZoneInfo) -> Moment:
    is_earlier = _is_earlier(at, now, zone)
    return relative(at, now, zone) if is_earlier else moment(clock(at, zone), at, zone)
