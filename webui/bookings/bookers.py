"""Whom it concerns that bookings can't be used as things stand, in words."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.bookings.barred import Booker, bookers_of_machine
from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, allowed
from webui.i18n import _
from webui.i18n.dates import clock
from webui.training.dated import when
from webui.training.notice_view import NoticeView, notice_view


def machine_notice(db: Session, point: AccessPoint, now: Utc, zone: ZoneInfo) -> NoticeView | None:
    """Before a machine goes out of service, who will be told; while it is, who was.

    None: nobody has booked it, or the reader may not know who.
    """
    if point.kind is PointKind.DOOR or not allowed(Permission.MEMBERS_READ):
        return None
    found = bookers_of_machine(db, point.id, actor=actor(), now=now)
    title = _("Qui sera prévenu") if point.in_service else _("Hors service : qui est prévenu")
    return bookers_view(title, found, now, zone)


def bookers_view(
    title: str, bookers: Sequence[Booker], now: Utc, zone: ZoneInfo
) -> NoticeView | None:
    """Each with their bookings; None: it concerns nobody."""
    if not bookers:
        return None
    about = {
        each.recipient.member_id: " · ".join(_span(times, now, zone) for times in each.times)
        for each in bookers
    }
    return notice_view(title, [each.recipient for each in bookers], now, zone, about)


def _span(times: tuple[Utc, Utc], now: Utc, zone: ZoneInfo) -> str:
    starts, ends = times
    is_short = ends - starts < timedelta(days=1)
    end = clock(ends, zone) if is_short else when(ends, now, zone)
    return _("%(start)s, jusqu’à %(time)s", start=when(starts, now, zone), time=end)
