"""The last 24 hours of an agent as one line: connected, away, and when all were away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from controller.capabilities.agents.away import Away
from controller.domain.time import Utc
from webui.i18n import _, plural
from webui.i18n.dates import Zone, clock

SPAN = timedelta(hours=24)
LONG = timedelta(minutes=90)
"""Absences of at least this length are labelled."""
_LEAST = 0.8
"""Percent of the line that a moment takes, to be seen."""
_NAMED, OFTEN = 3, 3
_MOST = 0.5
"""Of a time away, how much of it all others must have been away too."""
_ALL = 2
"""One alone is not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A time away: where it begins and how long it is, in percent; `all`, `long` or `gap`."""

    x: float
    width: float
    look: str
    text: str = ""

    @property
    def middle(self) -> float:
        """The x position of its label."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """From the time of yesterday to now; `words` say the same."""

    start: float
    """Since when it is there at all, in percent."""
    marks: tuple[Mark, ...]
    words: str
    hint: str
    together: str
    """When all were away, and why that is probably so."""
    first: str
    last: str


Span = tuple[Utc, Utc]


def lines(
    away: Mapping[str, Sequence[Away]], since: Mapping[str, Utc], now: Utc, zone: Zone
) -> dict[str, DayLine]:
    """One for each agent; `since`: when it was enrolled."""
    begin = Utc.of(now - SPAN)
    cut = {key: [(max(at, begin), end or now) for at, end in away[key]] for key in since}
    together = _together(cut, since)
    return {key: _line(cut[key], since[key], together, now, zone) for key in since}


def _together(away: Mapping[str, Sequence[Span]], since: Mapping[str, Utc]) -> list[Span]:
    """When all were away that were there at all by then, if these are at least two."""
    turns = [(at, 0, 1) for at in since.values()]
    turns += [turn for times in away.values() for at, end in times for turn in _turns(at, end)]
    found: list[Span] = []
    there = gone = 0
    began: Utc | None = None
    for at, gone_by, there_by in sorted(turns):
        gone, there = gone + gone_by, there + there_by
        is_all = gone == there >= _ALL
        if is_all and began is None:
            began = at
        elif not is_all and began is not None:
            found.append((began, at))
            began = None
    return found


def _turns(at: Utc, end: Utc) -> tuple[tuple[Utc, int, int], tuple[Utc, int, int]]:
    return (at, 1, 0), (end, -1, 0)


def _line(
    times: Sequence[Span], since: Utc, together: Sequence[Span], now: Utc, zone: Zone
) -> DayLine:
    begin = Utc.of(now - SPAN)
    marks = tuple(_mark(time, together, begin) for time in times)
    shared = [time for time, mark in zip(times, marks, strict=True) if mark.look == "all"]
    return DayLine(
        start=_percent(max(since, begin), begin),
        marks=marks,
        words=_words(times, since if since > begin else None, zone),
        hint=_hint(len(times) - len(shared)),
        together=_of_all(shared, zone),
        first=_("yesterday %(time)s", time=clock(begin, zone)),
        last=clock(now, zone),
    )


def _mark(away: Span, together: Sequence[Span], begin: Utc) -> Mark:
    start, end = away
    length = end - start
    x = _percent(start, begin)
    width = round(max(_LEAST, 100 * (length / SPAN)), 2)
    if _shared(away, together):
        return Mark(x=x, width=width, look="all")
    if length < LONG:
        return Mark(x=min(x, 100 - width), width=width, look="gap")
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    text = _("%(hours)d h %(minutes)02d", hours=hours, minutes=minutes)
    return Mark(x=x, width=width, look="long", text=text)


def _shared(away: Span, together: Sequence[Span]) -> bool:
    """Whether all others were away too, for most of it."""
    start, end = away
    both = (
        min(end, until) - max(start, at) for at, until in together if at < end and until > start
    )
    most = sum(both, timedelta(0))
    return most > timedelta(0) and most >= (end - start) * _MOST


def _percent(at: Utc, begin: Utc) -> float:
    return round(max(0.0, min(100.0, 100 * ((at - begin) / SPAN))), 2)


def _words(times: Sequence[Span], since: Utc | None, zone: Zone) -> str:
    """`since`: when it came for the first time, within the day."""
    if not times and since is not None:
        return _("Connected since %(time)s.", time=clock(since, zone))
    if not times:
        return _("Never disconnected.")
    if len(times) > _NAMED:
        return _("%(n)s disconnections in 24 h.", n=len(times))
    return _("Disconnected %(spans)s.", spans=_spans(times, zone))


def _spans(times: Sequence[Span], zone: Zone) -> str:
    return ", ".join(
        _("from %(start)s to %(end)s", start=clock(start, zone), end=clock(end, zone))
        for start, end in times
    )


def _of_all(times: Sequence[Span], zone: Zone) -> str:
    if not times:
        return ""
    return _("All silent %(spans)s: check the network or the server.", spans=_spans(times, zone))


def _hint(own: int) -> str:
    """Where a network that comes and goes is looked for."""
    if own < OFTEN:
        return ""
    return plural(
        "%(n)s disconnection since yesterday: check the Wi-Fi or the cable.",
        "%(n)s disconnections since yesterday: check the Wi-Fi or the cable.",
        own,
    )
