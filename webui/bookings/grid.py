"""The week grid: a line per machine or room, a cell per day, with a strip that shows its
bookings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.lists import format_list
from flask import url_for

from controller.capabilities.bookings.free import Span, free_spans, opening_hours
from controller.capabilities.bookings.week import BookableThing, Slot
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.bookings.formatting import day_words, format_span, free_words, slot_owner, slot_style
from webui.bookings.strip import DEFAULT_HOURS, DayHours, draw, is_open_all_day, without_night
from webui.bookings.views import Cell, Day, Event, Group, Line, Strip
from webui.bookings.week_query import WeekQuery
from webui.guard import is_allowed
from webui.i18n import _, current, locale, pgettext
from webui.i18n.dates import clock, format_day
from webui.icons import machine_icon
from webui.list_filter import natural_key

LOOKS = ("book", "mine", "course", "missed")
"""The styles of the legend."""
PAGE_SIZE = 20
"""Lines on one page."""
FREE, TAKEN, RUNS, OUT = "free", "booked", "running", "out"
"""Values of the filter by state."""


@dataclass(frozen=True)
class Week:
    """Everything that the grid is drawn from; derived values are computed once."""

    query: WeekQuery
    site: Site
    things: Sequence[BookableThing]
    slots: Sequence[Slot]
    now: Utc
    running: Mapping[str, Utc] = field(default_factory=dict)
    """The machines that are in use now, and since when."""
    stopped: Mapping[str, str] = field(default_factory=dict)
    """The machines that an alarm stops now, and its name."""
    silent: frozenset[str] = frozenset()
    """The machines whose box is offline."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.time_zone)

    @cached_property
    def days(self) -> list[date]:
        """Seven days, from today on or weeks before or after."""
        return [self.query.first + timedelta(days=n) for n in range(7)]

    @cached_property
    def shown_days(self) -> list[date]:
        """The days that have a column: the whole week, or one day."""
        return [self.query.day] if self.query.is_day else self.days

    @cached_property
    def own_days(self) -> set[date]:
        """The days of the week on which something of the reader's begins."""
        return {
            slot.starts_at.astimezone(self.zone).date()
            for slot in self.slots
            if slot.is_own and slot.missed_at is None
        } & set(self.days)

    @cached_property
    def today(self) -> date:
        """Today at the site."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def opening(self) -> dict[date, list[Span]]:
        """The place's opening hours on each day."""
        return {day: opening_hours(self.site, day) for day in self.days}

    def midnight(self, day: date) -> Utc:
        """Return when a local day begins."""
        return Utc.midnight(day, self.zone)

    @cached_property
    def window(self) -> tuple[int, int]:
        """The first and last hour at which the place is usually open on these days."""
        opening = {day: spans for day in self.shown_days if (spans := self.spans(day))}
        limited = {day: it for day, it in opening.items() if not is_open_all_day(it)}
        is_usual = not limited or len(limited) < len(opening)
        first, last = DEFAULT_HOURS if is_usual else (24, 0)
        for day, it in limited.items():
            for span in without_night(it, self.midnight(day), self.now):
                start, end = self._clock_hours(day, span)
                first, last = min(first, start), max(last, end)
        return (first, last) if first < last else DEFAULT_HOURS

    @cached_property
    def hours(self) -> DayHours:
        """The hours of the day's strips: an hour more than the opening hours on either side, and
        every time at which something is booked."""
        day = self.query.day
        first, last = self.window
        spans = self.spans(day)
        if spans and not is_open_all_day(spans):
            first, last = max(0, first - 1), min(24, last + 1)
        for thing in self.things:
            for slot in self.slots_of(thing, day):
                start, end = self._clock_hours(day, (slot.starts_at, slot.ends_at))
                first = min(first, start) if start or end <= first else first
                last = max(last, end) if end < 24 or start >= last else last
        return DayHours(midnight=self.midnight(day), first=first, last=last)

    def _clock_hours(self, day: date, span: Span) -> tuple[int, int]:
        """Return the whole hours of a day, from 0 to 24, that hold a span."""
        start, end = (at.astimezone(self.zone) for at in span)
        first = start.hour if start.date() == day else 0
        return first, end.hour + (end.minute > 0) if end.date() == day else 24

    def spans(self, day: date) -> list[Span]:
        """Return when the place is open on a day."""
        return self.opening[day] if day in self.opening else opening_hours(self.site, day)

    def usual(self, day: date) -> Span:
        """Return the usual hours of a day; a proposed slot lies in them if possible."""
        first, last = self.window
        begins = self.midnight(day)
        return Utc.of(begins + timedelta(hours=first)), Utc.of(begins + timedelta(hours=last))

    def is_open(self, at: Utc) -> bool:
        """Return whether the place is open at that time; a night belongs to the day on which it
        began."""
        day = at.astimezone(self.zone).date()
        spans = [*self.spans(day - timedelta(days=1)), *self.spans(day)]
        return any(start <= at < end for start, end in spans)

    @cached_property
    def _of_thing(self) -> Mapping[str, Sequence[Slot]]:
        slots: dict[str, list[Slot]] = defaultdict(list)
        for slot in self.slots:
            slots[slot.thing].append(slot)
        return slots

    def slots_of(self, thing: BookableThing, day: date) -> list[Slot]:
        """Return the slots of a thing that overlap a day."""
        slots = self._of_thing.get(thing.id, ())
        if not slots:
            return []
        start, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        return [slot for slot in slots if slot.starts_at < end and slot.ends_at > start]

    def free(self, thing: BookableThing, day: date) -> list[Span]:
        """Return when the thing can be booked on a day."""
        busy = [
            (slot.starts_at, slot.ends_at)
            for slot in self.slots_of(thing, day)
            if not slot.is_released
        ]
        return free_spans(self.spans(day), busy, thing.places, self.now)


def days(week: Week) -> tuple[Day, ...]:
    """Return the heads of the columns."""
    return tuple(_day(week, day) for day in week.days)


def opening_words(week: Week) -> str:
    """Return the opening hours, each with its days; the hours of most days come last."""
    days_by_hours: dict[str, list[str]] = {}
    for day in week.days:
        if week.opening[day]:
            days_by_hours.setdefault(_hours(week, day), []).append(format_day(day, "EEEE"))
    if len(days_by_hours) < 2:
        return _("Open %(hours)s", hours=next(iter(days_by_hours))) if days_by_hours else ""
    usual = max(days_by_hours, key=lambda hours: len(days_by_hours[hours]))
    texts = [
        _("%(hours)s on %(days)s", hours=hours, days=format_list(days, locale=locale()))
        for hours, days in days_by_hours.items()
        if hours != usual
    ]
    rest = (
        _("%(hours)s on the other days", hours=usual)
        if all(week.opening.values())
        else _("%(hours)s on the other opening days", hours=usual)
    )
    return ", ".join((*texts, rest))


def _hours(week: Week, day: date) -> str:
    spans = week.spans(day)
    text = ", ".join(format_span(a, b, week.zone) for a, b in spans)
    return _("day and night") if is_open_all_day(spans) else text or _("closed")


def _day(week: Week, day: date) -> Day:
    spans = week.spans(day)
    return Day(
        date=day.isoformat(),
        weekday=format_day(day, "EEE").rstrip("."),
        number=str(day.day),
        title=day_words(day),
        hours=_hours(week, day),
        href=week.query.href(day=day, thing="", member=""),
        today=day == week.today,
        shown=day == week.query.day,
        is_own=day in week.own_days,
        shut=not spans,
        is_slim=not spans and not any(week.slots_of(thing, day) for thing in week.things),
    )


def listed_things(week: Week) -> list[BookableThing]:
    """Return the things that the filters select, on all pages: machines by room and name, then
    rooms."""
    places: dict[str, int] = {}
    for thing in week.things:
        places.setdefault(_space(week, thing), len(places))
    listed = [
        thing for thing in week.things if _is_selected(week, thing) and _is_shown(week, thing)
    ]
    return sorted(
        listed,
        key=lambda thing: (places[_space(week, thing)], natural_key(name_of(thing)), thing.id),
    )


def with_rooms(week: Week) -> list[tuple[BookableThing, str]]:
    """Return the things that the filters select, each with the name of its group."""
    return [(thing, _space(week, thing)) for thing in listed_things(week)]


def page(week: Week, things: Sequence[BookableThing]) -> Sequence[BookableThing]:
    """Return the things on the current page, or on the page of the one that is open."""
    open_index = next((n for n, thing in enumerate(things) if thing.id == week.query.thing), None)
    shown = week.query.list_filter.page(things, PAGE_SIZE)
    if open_index is None or things[open_index] in shown:
        return shown
    start = open_index // PAGE_SIZE * PAGE_SIZE
    return things[start : start + PAGE_SIZE]


def groups(week: Week, shown: Sequence[BookableThing]) -> tuple[Group, ...]:
    """Return the lines, grouped by room."""
    return tuple(
        Group(name=name, lines=tuple(_line(week, thing) for thing in things))
        for name, things in groupby(shown, lambda thing: _space(week, thing))
    )


def state_words() -> dict[str, str]:
    """Return the states to filter by: free or booked on the shown days, or as the machine is
    now."""
    return {
        FREE: _("Free on that day"),
        TAKEN: _("Booked"),
        RUNS: _("Running"),
        OUT: _("Out of service"),
    }


def _is_selected(week: Week, thing: BookableThing) -> bool:
    """Return whether the filters select a thing; one that is open is always shown."""
    list_filter = week.query.list_filter
    if thing.id == week.query.thing or not list_filter.parameters:
        return True
    states = _states(week, thing) if list_filter.state else set()
    room = thing.zone if thing.is_machine else thing.id
    return list_filter.has(name_of(thing), (room,), states)


def _states(week: Week, thing: BookableThing) -> set[str]:
    states = {TAKEN} if any(week.slots_of(thing, day) for day in week.shown_days) else set()
    if thing.out_of_service is not None:
        return states | {OUT}
    if thing.id in week.running:
        states.add(RUNS)
    return states | ({FREE} if week.free(thing, week.query.day) else set())


def _is_shown(week: Week, thing: BookableThing) -> bool:
    match week.query.show:
        case "machines":
            return thing.is_machine
        case "rooms":
            return not thing.is_machine
        case "mine":
            return any(slot.is_own and slot.thing == thing.id for slot in week.slots)
        case _:
            return True


def _space(week: Week, thing: BookableThing) -> str:
    if not thing.is_machine:
        return pgettext("to book", "Rooms")
    zone = week.site.zones.get(thing.zone or "")
    return zone.name.read(current()) if zone else pgettext("machines and doors", "Machines")


def name_of(thing: BookableThing) -> str:
    """Return the thing's name in the current language."""
    return thing.name.read(current()) or thing.id


def _line(week: Week, thing: BookableThing) -> Line:
    note, look = _note_and_style(week, thing)
    may = thing.is_machine and is_allowed(Permission.LIVE_READ)
    return Line(
        id=thing.id,
        name=name_of(thing),
        icon=machine_icon(thing.icon) if thing.is_machine else thing.icon,
        href=url_for("machine.show", point=thing.id) if may else "",
        note=note,
        look=look,
        cells=tuple(_cell(week, thing, day) for day in week.shown_days),
    )


def _note_and_style(week: Week, thing: BookableThing) -> tuple[str, str]:
    """Return what is said under the name, and its style."""
    if thing.out_of_service is not None:
        return thing.out_of_service or _("out of service"), "out"
    if thing.id in week.stopped:
        return week.stopped[thing.id], "fault"
    if thing.id in week.silent:
        return _("Box offline"), "offline"
    if thing.id in week.running and week.shown_days == [week.today]:
        return _("running"), "run"
    places = thing.desks or thing.capacity
    return (_("%(n)s places", n=places) if places else ""), ""


def _halt(week: Week, thing: BookableThing, day: date) -> tuple[str, str]:
    """Return what keeps a machine from working on a day, as style and text; empty: nothing."""
    if thing.out_of_service is not None and day >= week.today:
        return "out", _("out of service")
    stop = week.stopped.get(thing.id, "") if day == week.today else ""
    return ("fault", stop) if stop else ("", "")


def _cell(week: Week, thing: BookableThing, day: date) -> Cell:
    slots, zone = week.slots_of(thing, day), week.zone
    past, spans = day < week.today, week.spans(day)
    look, halt = _halt(week, thing, day)
    out = look == "out"
    free_times = week.free(thing, day)
    events = [
        Event(
            look="warn" if out and slot.booking else slot_style(slot),
            time=_time(slot, zone),
            text=_text(slot),
        )
        for slot in slots
    ]
    strip = _strip(week, thing, day, events) if week.query.is_day else None
    if halt:
        events.insert(0, Event(look=look, time="", text=halt))
    elif day == week.today and thing.id in week.running:
        events.insert(0, Event(look="run", time="", text=_("running")))
    has_free = bool(free_times) and not past and not halt
    if has_free:
        _insert_free(events, slots, free_times[0][0], zone)
    return Cell(
        date=day.isoformat(),
        href=week.query.href(day=day, thing=thing.id, start=None, end=None),
        label=_("%(name)s, %(day)s:", name=name_of(thing), day=day_words(day)),
        strip=strip,
        events=tuple(events),
        free=_("past") if past else "" if halt else _free_time_text(week, day, free_times),
        has_free=has_free,
        past=past,
        today=day == week.today,
        shown=day == week.query.day,
        open=thing.id == week.query.thing and day == week.query.day,
        shut=not spans and not slots,
    )


def _insert_free(events: list[Event], slots: Sequence[Slot], since: Utc, zone: ZoneInfo) -> None:
    """Insert the free time after the bookings that it follows, with its time; or else last."""
    later = sum(slot.ends_at > since for slot in slots)
    is_after = any(slot.ends_at == since for slot in slots)
    text = clock(since, zone) if is_after else ""
    place = len(events) - later if is_after else len(events)
    events.insert(place, Event(look="free", time="", text=text))


def _free_time_text(week: Week, day: date, free_times: Sequence[Span]) -> str:
    """Return the text about free time, or that the day is closed or over."""
    if not week.spans(day):
        return _("closed")
    is_over = day == week.today and not free_spans(week.spans(day), (), 1, week.now)
    return _("the day is over") if is_over else free_words(free_times, week.zone)


def _time(slot: Slot, zone: ZoneInfo) -> str:
    return format_span(slot.starts_at, slot.ends_at, zone)


def _text(slot: Slot) -> str:
    if slot.missed_at is None:
        return slot_owner(slot)
    return _("%(who)s, did not come", who=slot_owner(slot))


def _strip(week: Week, thing: BookableThing, day: date, events: Sequence[Event]) -> Strip:
    """Return a day's strip: opening hours, what runs, bookings, the present time."""
    look, halt = _halt(week, thing, day)
    behind = [replace(week.hours.fill(look or "on", it), text=halt) for it in week.spans(day)]
    is_today = day == week.today
    if is_today and not halt and thing.id in week.running:
        behind.append(week.hours.fill("run", (week.running[thing.id], week.now)))
    spans = [(slot.starts_at, slot.ends_at) for slot in week.slots_of(thing, day)]
    bookings = list(zip(spans, events, strict=True))
    return draw(week.hours, behind, bookings, week.now if is_today else None)
