"""When an agent was connected: the last 24 hours on one line, the last seven days on one each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.capabilities.agents.away import Absence
from controller.domain.time import Utc
from webui.i18n import _, plural
from webui.i18n.dates import Zone, clock, format_day

DAYS = 7
"""How many days the page of one agent shows, as long as absences are stored."""
SPAN = timedelta(hours=24)
"""How much time the line shows."""
LABEL_AFTER = timedelta(minutes=90)
"""Times offline of at least this length are labelled."""
_MIN_WIDTH_PERCENT = 0.8
"""Smallest width of a mark in percent, so that it remains visible."""
_MAX_NAMED, OFTEN = 3, 3
"""How many times offline are listed; from how many on a hint is shown."""
_COMMON_SHARE = 0.5
"""Share of a time offline during which all others must have been offline too."""
_ALL = 2
"""Fewest agents that count as all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A time offline: where it begins and how long it is, in percent; `look` is `all`, `long` or
    `gap`."""

    x: float
    width: float
    look: str
    text: str = ""

    @property
    def middle(self) -> float:
        """Return the x position of the label."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """The line from this time yesterday until now; `text` says the same in words."""

    start: float
    """Where the line begins, in percent: an agent may have been enrolled since yesterday."""
    marks: tuple[Mark, ...]
    text: str
    hint: str
    together: str
    """When all agents were offline, and the probable cause; empty: never."""
    first: str
    """Label of the line's beginning."""
    last: str
    """Label of its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDay:
    """The line of one day, from midnight to midnight; `text` says the same in words."""

    name: str
    start: float
    """Where the line begins, in percent."""
    end: float
    marks: tuple[Mark, ...]
    text: str


Span = tuple[Utc, Utc]
"""The beginning and the end of a time."""


def day_lines(
    away: Mapping[str, Sequence[Absence]], since: Mapping[str, Utc], now: Utc, zone: Zone
) -> dict[str, DayLine]:
    """Return the line of each agent; `since` is when each was enrolled."""
    begin = Utc.of(now - SPAN)
    clipped = {key: [(max(at, begin), end or now) for at, end in away[key]] for key in since}
    together = _shared_absences(clipped, since)
    return {key: _line(clipped[key], since[key], together, now, zone) for key in since}


def week_days(away: Sequence[Absence], since: Utc, now: Utc, zone: Zone) -> tuple[WeekDay, ...]:
    """Return the last seven days of an agent that was enrolled at `since`, newest first."""
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in range(DAYS))
    return tuple(_week_day(away, since, day, now, zone) for day in days)


def _week_day(away: Sequence[Absence], since: Utc, day: date, now: Utc, zone: Zone) -> WeekDay:
    begin, end = Utc.midnight(day, zone), min(now, Utc.midnight(day + timedelta(days=1), zone))
    first = max(begin, since)
    clipped = [(max(at, first), min(back or now, end)) for at, back in away]
    times = [(at, back) for at, back in clipped if at < back]
    has_started = first < end
    return WeekDay(
        name=format_day(day, "EEE d"),
        start=_percent(first, begin) if has_started else 0.0,
        end=_percent(end, begin) if has_started else 0.0,
        marks=tuple(_absence_mark(time, (), begin) for time in times),
        text=_line_text(times, since if since > begin else None, zone)
        if has_started
        else _("Not yet enrolled."),
    )


def _shared_absences(away: Mapping[str, Sequence[Span]], since: Mapping[str, Utc]) -> list[Span]:
    """Return the times in which all agents that existed by then were offline, if there are at
    least two."""
    boundaries = [(at, 0, 1) for at in since.values()]
    boundaries += [
        turn for times in away.values() for at, end in times for turn in _boundaries(at, end)
    ]
    shared: list[Span] = []
    enrolled = offline = 0
    began: Utc | None = None
    for at, offline_by, enrolled_by in sorted(boundaries):
        offline, enrolled = offline + offline_by, enrolled + enrolled_by
        is_all = offline == enrolled >= _ALL
        if is_all and began is None:
            began = at
        elif not is_all and began is not None:
            shared.append((began, at))
            began = None
    return shared


def _boundaries(at: Utc, end: Utc) -> tuple[tuple[Utc, int, int], tuple[Utc, int, int]]:
    """Return when it goes offline and comes back: time, and what is added to offline and enrolled
    agents."""
    return (at, 1, 0), (end, -1, 0)


def _line(
    times: Sequence[Span], since: Utc, together: Sequence[Span], now: Utc, zone: Zone
) -> DayLine:
    begin = Utc.of(now - SPAN)
    marks = tuple(_absence_mark(time, together, begin) for time in times)
    shared = [time for time, mark in zip(times, marks, strict=True) if mark.look == "all"]
    return DayLine(
        start=_percent(max(since, begin), begin),
        marks=marks,
        text=_line_text(times, since if since > begin else None, zone),
        hint=_hint(len(times) - len(shared)),
        together=_all_offline_text(shared, zone),
        first=_("yesterday %(time)s", time=clock(begin, zone)),
        last=clock(now, zone),
    )


def _absence_mark(away: Span, together: Sequence[Span], begin: Utc) -> Mark:
    start, end = away
    length = end - start
    x = _percent(start, begin)
    width = round(max(_MIN_WIDTH_PERCENT, 100 * (length / SPAN)), 2)
    if _is_shared(away, together):
        return Mark(x=x, width=width, look="all")
    if length < LABEL_AFTER:
        return Mark(x=min(x, 100 - width), width=width, look="gap")
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    text = _("%(hours)d h %(minutes)02d", hours=hours, minutes=minutes)
    return Mark(x=x, width=width, look="long", text=text)


def _is_shared(away: Span, together: Sequence[Span]) -> bool:
    """Return whether all others were offline too, for most of this time."""
    start, end = away
    overlaps = (
        min(end, until) - max(start, at) for at, until in together if at < end and until > start
    )
    most = sum(overlaps, timedelta(0))
    return most > timedelta(0) and most >= (end - start) * _COMMON_SHARE


def _percent(at: Utc, begin: Utc) -> float:
    return round(max(0.0, min(100.0, 100 * ((at - begin) / SPAN))), 2)


def _line_text(times: Sequence[Span], since: Utc | None, zone: Zone) -> str:
    """Return the line as text; `since` is when the agent first connected, if within the day."""
    if not times and since is not None:
        return _("Connected since %(time)s.", time=clock(since, zone))
    if not times:
        return _("Never disconnected.")
    if len(times) > _MAX_NAMED:
        return _("%(n)s disconnections in 24 h.", n=len(times))
    return _("Disconnected %(spans)s.", spans=_spans_text(times, zone))


def _spans_text(times: Sequence[Span], zone: Zone) -> str:
    return ", ".join(
        _("from %(start)s to %(end)s", start=clock(start, zone), end=clock(end, zone))
        for start, end in times
    )


def _all_offline_text(times: Sequence[Span], zone: Zone) -> str:
    if not times:
        return ""
    return _(
        "All silent %(spans)s: check the network or the server.", spans=_spans_text(times, zone)
    )


def _hint(times: int) -> str:
    """Return a hint on where to look if the agent often loses its connection."""
    if times < OFTEN:
        return ""
    return plural(
        "%(n)s disconnection of this box alone since yesterday: check the Wi-Fi or the cable.",
        "%(n)s disconnections of this box alone since yesterday: check the Wi-Fi or the cable.",
        times,
    )
