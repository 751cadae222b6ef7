"""What a day already holds, beside the form of a session: opening hours, sessions, bookings."""

from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.bookings import week
from controller.capabilities.bookings.free import opening_hours
from controller.capabilities.training import agenda
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.policy import facts_of
from webui.bookings.formatting import day_words, from_to, is_whole
from webui.guard import actor
from webui.i18n import _, current, plural
from webui.training.session_text import name_of, occupancy_text

MAX_LINES = 8
"""How many sessions and bookings are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """A session or a booking of the day."""

    when: str
    name: str
    detail: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """The day that a session is planned for."""

    title: str
    opening: str
    is_closed: bool
    lines: tuple[DayLine, ...]
    more: str
    """How many bookings are not listed; empty: none."""
    more_href: str


def read_day(
    db: Session, site_id: str, text: str, zone: ZoneInfo, now: Utc, *, session: str = ""
) -> DayView | None:
    """Return the day without `session` itself; None if the text is not a date."""
    try:
        day = date.fromisoformat(text)
        start, end = (Utc.midnight(it, zone) for it in (day, day + timedelta(days=1)))
    except (ValueError, OverflowError):
        return None
    spans = opening_hours(facts_of.site_hours_and_zones(db, site_id, now), day)
    # of a day that is over too: its sessions may be entered afterwards
    planned = agenda.sessions_within(db, site_id, [(start, end)], actor=actor(), now=start)
    lines = [
        (
            it.session.starts_at,
            DayLine(
                when=from_to(it.session.starts_at, it.session.ends_at, zone),
                name=name_of(it.session, it.course),
                detail=occupancy_text(it.session),
                href=url_for("session.show", session=it.session.id),
            ),
        )
        for it in planned
        if it.session.id != session
    ]
    names = {thing.id: thing.name.read(current()) for thing in week.bookable_things(db, site_id)}
    lines += [
        (
            slot.starts_at,
            DayLine(
                when=from_to(slot.starts_at, slot.ends_at, zone),
                name=names.get(slot.thing, slot.thing),
                detail=slot.member_name or _("booked"),
            ),
        )
        for slot in week.booked_slots(db, site_id, start, end, actor=actor())
        if slot.booking and not slot.missed_at
    ]
    title, hidden = day_words(day), len(lines) - MAX_LINES
    return DayView(
        title=title[:1].upper() + title[1:],
        opening=_opening_text(spans, zone),
        is_closed=not spans,
        lines=tuple(line for _start, line in sorted(lines, key=itemgetter(0))[:MAX_LINES]),
        more=plural("%(n)s more booking", "%(n)s more bookings", hidden) if hidden > 0 else "",
        more_href=url_for("bookings.show", day=day.isoformat()),
    )


def _opening_text(spans: list[tuple[Utc, Utc]], zone: ZoneInfo) -> str:
    if not spans:
        return _("The place is closed on that day.")
    if any(is_whole(start, end, zone) for start, end in spans):
        return _("Open day and night")
    return _("Open %(hours)s", hours=", ".join(from_to(start, end, zone) for start, end in spans))
