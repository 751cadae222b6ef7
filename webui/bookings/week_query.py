"""The query of the bookings page: the days, the open machine or room, the slot, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from controller.domain.time import Utc
from webui import list_filter
from webui.bookings.formatting import clock_text
from webui.list_filter import NO_FILTER, ListFilter

MAX_CHARACTERS = 80
"""Maximum length of a text in the query, in characters."""
_EVENING, _NIGHT = time(12), time(6)
"""A slot that begins after the first and ends before the second runs past midnight."""
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
"""The page shows no day before or after."""
SHOWS = ("machines", "rooms", "mine")
DAY = "day"
"""As `view`: one day instead of seven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekQuery:
    """The parameters of the page's address."""

    day: date
    today: date
    show: str = ""
    """One of SHOWS; empty: everything."""
    view: str = ""
    """DAY, or empty for seven days."""
    dialog: bool = False
    """Whether the form is a dialog, in which the thing is chosen too."""
    thing: str = ""
    """Id of the machine or room whose form is open."""
    start: time | None = None
    end: time | None = None
    who: str = ""
    """The text typed to search for a member."""
    member: str = ""
    """Id of the member who was chosen."""
    list_filter: ListFilter = NO_FILTER
    """The filter by room and state, and the page of the list."""

    @property
    def is_backwards(self) -> bool:
        """Whether the slot ends when it begins, or before."""
        if self.start is None or self.end is None or self.end > self.start:
            return False
        is_night = self.start >= _EVENING and self.end <= _NIGHT
        return not is_night and self.end != time(0)

    @property
    def is_day(self) -> bool:
        """Whether one day is shown instead of the week."""
        return self.view == DAY

    @property
    def hidden_fields(self) -> dict[str, str]:
        """Hidden fields of the page's forms, which preserve the current view."""
        view_fields = {key: value for key in ("show", "view") if (value := getattr(self, key))}
        return view_fields | self.list_filter.address

    @property
    def first(self) -> date:
        """The first of the seven days: today, or weeks before or after."""
        return self.today + timedelta(days=(self.day - self.today).days // 7 * 7)

    def href(self, **other: Any) -> str:
        """The address of this page with some parameters changed."""
        it = replace(self, **other)
        typed = it.hidden_fields
        if it.thing:
            typed |= {"thing": it.thing, "member": it.member}
            typed |= {"who": "" if it.member else it.who}
            typed |= {"start": _text(it.start), "end": _text(it.end)}
        typed |= {"dialog": "1" if it.dialog else ""}
        fields: dict[str, Any] = {key: value for key, value in typed.items() if value}
        anchor = "slot" if it.thing and not it.dialog else None
        return url_for("bookings.show", day=it.day.isoformat(), _anchor=anchor, **fields)

    def span(self, zone: ZoneInfo) -> tuple[Utc, Utc] | None:
        """Return the slot, which may end after midnight; None without one, or if it is
        backwards."""
        if self.start is None or self.end is None or self.is_backwards:
            return None
        last = self.day if self.end > self.start else self.day + timedelta(days=1)
        start, end = (
            datetime.combine(day, clock, zone)
            for day, clock in ((self.day, self.start), (last, self.end))
        )
        return (Utc.of(start), Utc.of(end)) if end > start else None


def read(fields: Mapping[str, str], today: date) -> WeekQuery:
    """The query in an address or form; invalid parts are ignored."""
    show, view = fields.get("show", ""), fields.get("view", "")
    return WeekQuery(
        day=_day(fields.get("day", ""), today),
        today=today,
        dialog=bool(fields.get("dialog")),
        show=show if show in SHOWS else "",
        view=view if view == DAY else "",
        thing=fields.get("thing", "")[:MAX_CHARACTERS],
        start=_time(fields.get("start", "")),
        end=_time(fields.get("end", "")),
        who=fields.get("who", "")[:MAX_CHARACTERS].strip(),
        member=fields.get("member", "")[:MAX_CHARACTERS],
        list_filter=list_filter.read(fields),
    )


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(day, EARLIEST), LATEST)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _text(at: time | None) -> str:
    return "" if at is None else clock_text(at)
