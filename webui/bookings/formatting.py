"""Times and slots of bookings as texts."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.bookings.shapes import Booking
from controller.capabilities.bookings.week import Slot
from controller.domain.locale.time import format_near, format_until
from controller.domain.time import Utc
from webui.guard import site
from webui.i18n import _, current, pgettext, translator
from webui.i18n.dates import clock, format_day


def clock_text(at: time) -> str:
    """Format a time for a form field: 09:30."""
    return at.strftime("%H:%M")


def short(at: Utc, zone: ZoneInfo) -> str:
    """Format a time briefly, for a cell: 9 or 9:30."""
    local = at.astimezone(zone)
    return f"{local.hour}:{local.minute:02d}" if local.minute else f"{local.hour}"


def format_span(start: Utc, end: Utc, zone: ZoneInfo) -> str:
    """Format a span briefly: 9–11:30 or 22–24."""
    last = "24" if _is_midnight(end, zone) else short(end, zone)
    return f"{short(start, zone)}–{last}"


def from_to(start: Utc, end: Utc, zone: ZoneInfo) -> str:
    """Format a span: 9:00 to 11:30, or 22:00 to midnight."""
    return _("%(start)s to %(end)s", start=clock(start, zone), end=format_end(end, zone))


def format_end(end: Utc, zone: ZoneInfo) -> str:
    """Format the end of a span: 11:30, or *midnight* instead of 0:00."""
    return _("midnight") if _is_midnight(end, zone) else clock(end, zone)


def booked_span(starts_at: Utc, ends_at: Utc, start: str, now: Utc, zone: ZoneInfo) -> str:
    """Return a booking's start, which is formatted already, and its end: the time alone within a
    day, also after midnight."""
    if ends_at - starts_at < timedelta(days=1):
        return _("%(start)s, until %(time)s", start=start, time=clock(ends_at, zone))
    until = format_until(ends_at, now, zone.key, translator())
    return _("%(start)s, %(until)s", start=start, until=until)


def is_whole(start: Utc, end: Utc, zone: ZoneInfo) -> bool:
    """Return whether the span lasts from midnight to midnight."""
    return _is_midnight(start, zone) and _is_midnight(end, zone)


def _is_midnight(at: Utc, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).time() == time(0)


def ended_words(booking: Booking, now: Utc) -> str:
    """Return the message for a booking that can't be cancelled any more: a room's that has begun,
    or a machine's that was released or is over."""
    if booking.access_point is None:
        return _("Booking ended: the room is free, and the time that has passed is charged.")
    if booking.missed_at is None or booking.missed_at == booking.ends_at:
        return _("This booking is over.")
    when = format_near(booking.missed_at, now, site().time_zone, translator())
    return _("This booking had already been released %(when)s: nobody badged.", when=when)


def day_words(day: date) -> str:
    """Format a day: Thursday 10 December."""
    return format_day(day, "EEEE d MMMM")


def week_words(begins: date, today: date) -> str:
    """Format a week, short enough for a phone: 7 to 13 December, or 30 Nov to 6 Dec; with the year
    if it is not the current one."""
    last = begins + timedelta(days=6)
    year = "" if last.year == today.year else " y"
    if begins.month == last.month:
        return pgettext(
            "dates",
            "%(first)s to %(last)s",
            first=format_day(begins, "d"),
            last=format_day(last, f"d MMMM{year}"),
        )
    return pgettext(
        "dates",
        "%(first)s to %(last)s",
        first=format_day(begins, "d MMM"),
        last=format_day(last, f"d MMM{year}"),
    )


def free_words(spans: Sequence[tuple[Utc, Utc]], zone: ZoneInfo) -> str:
    """Return when a thing is free, in one line."""
    if any(is_whole(start, end, zone) for start, end in spans):
        return _("free day and night")
    texts = [from_to(start, end, zone) for start, end in spans]
    return _("free from %(spans)s", spans=_(", from ").join(texts)) if texts else _("full")


def slot_owner(slot: Slot) -> str:
    """Return who has the slot, or the name of the course."""
    if slot.course is not None:
        return slot.course.read(current()) or _("course")
    if slot.is_own:
        return _("you")
    return slot.member_name or _("booked")


def slot_style(slot: Slot) -> str:
    """Return the slot's style, as the legend names it."""
    if slot.course is not None:
        return "course"
    if slot.missed_at is not None:
        return "missed"
    return "mine" if slot.is_own else "book"
