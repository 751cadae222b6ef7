"""Shows which members are notified because their bookings can't be used."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.bookings.barred_bookings import (
    BarredBooking,
    Booker,
    bookers_of_machine,
)
from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.bookings.formatting import booked_span
from webui.guard import actor, is_allowed
from webui.i18n import _
from webui.training.notice_view import NoticeView, notice_view
from webui.training.session_text import format_when


def machine_notice(db: Session, point: AccessPoint, now: Utc, zone: ZoneInfo) -> NoticeView | None:
    """Return the members to notify before a machine goes out of service, or who were notified.

    None if nobody has booked it, or the reader may not see members.
    """
    if point.kind is PointKind.DOOR or not is_allowed(Permission.MEMBERS_READ):
        return None
    bookers = bookers_of_machine(db, point.id, actor=actor(), now=now)
    title = _("Who will be notified") if point.in_service else _("Out of service: who is notified")
    return bookers_view(title, bookers, now, zone)


def bookers_view(
    title: str,
    bookers: Sequence[Booker],
    now: Utc,
    zone: ZoneInfo,
    names: Mapping[str, str] | None = None,
) -> NoticeView | None:
    """Return the members with their bookings; None if there are none.

    `names` are those of machines and rooms, by id.
    """
    if not bookers:
        return None
    about = {
        booker.recipient.member_id: tuple(
            booking_link(booked, names or {}, now, zone) for booked in booker.bookings
        )
        for booker in bookers
    }
    return notice_view(title, [booker.recipient for booker in bookers], now, zone, about)


def booking_link(
    booked: BarredBooking, names: Mapping[str, str], now: Utc, zone: ZoneInfo
) -> tuple[str, str]:
    """Return when a booking is and of what, and the page on which it can be moved or cancelled."""
    return _booking_text(booked, names, now, zone), _href(booked, zone)


def _booking_text(booked: BarredBooking, names: Mapping[str, str], now: Utc, zone: ZoneInfo) -> str:
    start = format_when(booked.starts_at, now, zone)
    text = booked_span(booked.starts_at, booked.ends_at, start, now, zone)
    name = names.get(booked.thing)
    return f"{text} · {name}" if name else text


def _href(booked: BarredBooking, zone: ZoneInfo) -> str:
    day = booked.starts_at.astimezone(zone).date().isoformat()
    return url_for("bookings.show", day=day, thing=booked.thing, _anchor="slot")
