"""Times and slots as this page says them."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_time

from controller.capabilities.bookings.week import Slot
from controller.domain.time import Utc
from webui.i18n import _, current, locale, pgettext
from webui.i18n.dates import clock, format_day


def clock_text(at: time) -> str:
    """As a field keeps it: 09:30."""
    return at.strftime("%H:%M")


def short(at: Utc, zone: ZoneInfo) -> str:
    """9, 9:30: in a cell, where there is little room."""
    local = at.astimezone(zone)
    return format_time(local.time(), "H" if local.minute == 0 else "H:mm", locale=locale())


def format_span(start: Utc, end: Utc, zone: ZoneInfo) -> str:
    """9–11:30; 22–24."""
    last = "24" if _is_midnight(end, zone) else short(end, zone)
    return f"{short(start, zone)}–{last}"


def from_to(start: Utc, end: Utc, zone: ZoneInfo) -> str:
    """9:00 à 11:30; 22:00 à minuit."""
    return _("%(start)s to %(end)s", start=clock(start, zone), end=format_end(end, zone))


def format_end(end: Utc, zone: ZoneInfo) -> str:
    """11:30; midnight, which no clock calls 24:00."""
    return _("midnight") if _is_midnight(end, zone) else clock(end, zone)


def is_whole(start: Utc, end: Utc, zone: ZoneInfo) -> bool:
    """From midnight to midnight."""
    return _is_midnight(start, zone) and _is_midnight(end, zone)


def _is_midnight(at: Utc, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).time() == time(0)


def ended_words() -> str:
    """Of a room given up after its booking had begun."""
    return _("Booking ended: the room is free, and the time that has passed is charged.")


def day_words(day: date) -> str:
    """Thursday 10 December."""
    return format_day(day, "EEEE d MMMM")


def week_words(monday: date) -> str:
    """7 to 13 December; 30 Nov to 6 Dec, which has to stand in one line of a phone."""
    last = monday + timedelta(days=6)
    if monday.month == last.month:
        return pgettext(
            "dates",
            "%(first)s to %(last)s",
            first=format_day(monday, "d"),
            last=format_day(last, "d MMMM"),
        )
    return pgettext(
        "dates",
        "%(first)s to %(last)s",
        first=format_day(monday, "d MMM"),
        last=format_day(last, "d MMM"),
    )


def free_words(spans: Sequence[tuple[Utc, Utc]], zone: ZoneInfo) -> str:
    """When a thing is free, in a line."""
    if any(is_whole(start, end, zone) for start, end in spans):
        return _("free day and night")
    said = [from_to(start, end, zone) for start, end in spans]
    return _("free from %(spans)s", spans=_(", from ").join(said)) if said else _("full")


def whose(slot: Slot) -> str:
    """Who has it, or which course."""
    if slot.course is not None:
        return slot.course.read(current()) or _("course")
    if slot.mine:
        return _("you")
    return slot.who or _("booked")


def look(slot: Slot) -> str:
    """Its colour and its place in the legend."""
    if slot.course is not None:
        return "course"
    if slot.missed_at is not None:
        return "missed"
    return "mine" if slot.mine else "book"
