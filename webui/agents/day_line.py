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
"""So long away is written on the line."""
_LEAST = 0.8
"""Percent of the line that a moment takes, to be seen."""
_NAMED, OFTEN = 3, 3
_TOGETHER = 0.5
"""Of a time away, how much of it all others must have been away too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A time away: where it begins and how long it is, in percent; `all`, `long` or `gap`."""

    x: float
    width: float
    look: str
    text: str = ""

    @property
    def middle(self) -> float:
        """Where its text stands."""
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


@dataclass(frozen=True, slots=True)
class _Day:
    """What every line is drawn with."""

    away: Mapping[str, Sequence[tuple[Utc, Utc]]]
    since: Mapping[str, Utc]
    now: Utc
    zone: Zone

    @property
    def begin(self) -> Utc:
        return Utc.of(self.now - SPAN)

    def others(self, key: str, at: Utc) -> list[Sequence[tuple[Utc, Utc]]]:
        """When those others were away that were there at all then."""
        return [self.away[each] for each, since in self.since.items() if each != key and since < at]


def lines(
    away: Mapping[str, Sequence[Away]], since: Mapping[str, Utc], now: Utc, zone: Zone
) -> dict[str, DayLine]:
    """One for each agent; `since`: when it was enrolled."""
    begin = Utc.of(now - SPAN)
    cut = {key: [(max(at, begin), end or now) for at, end in away[key]] for key in since}
    day = _Day(cut, since, now, zone)
    return {key: _line(key, day) for key in since}


def _line(key: str, day: _Day) -> DayLine:
    times, since, begin = day.away[key], day.since[key], day.begin
    marks = tuple(_mark(each, day.others(key, each[0]), begin) for each in times)
    together = [each for each, mark in zip(times, marks, strict=True) if mark.look == "all"]
    return DayLine(
        start=_percent(max(since, begin), begin),
        marks=marks,
        words=_words(times, since if since > begin else None, day.zone),
        hint=_hint(len(times) - len(together)),
        together=_together(together, day.zone),
        first=_("hier %(time)s", time=clock(begin, day.zone)),
        last=clock(day.now, day.zone),
    )


def _mark(away: tuple[Utc, Utc], others: Sequence[Sequence[tuple[Utc, Utc]]], begin: Utc) -> Mark:
    start, end = away
    length = end - start
    x = _percent(start, begin)
    width = round(max(_LEAST, 100 * (length / SPAN)), 2)
    together = bool(others) and all(_shared(away, each) for each in others)
    if together:
        return Mark(x=x, width=width, look="all")
    if length < LONG:
        return Mark(x=min(x, 100 - width), width=width, look="gap")
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    text = _("%(hours)d h %(minutes)02d", hours=hours, minutes=minutes)
    return Mark(x=x, width=width, look="long", text=text)


def _shared(away: tuple[Utc, Utc], times: Sequence[tuple[Utc, Utc]]) -> bool:
    start, end = away
    both = sum(
        (max(timedelta(0), min(end, until) - max(start, since)) for since, until in times),
        timedelta(0),
    )
    return both >= (end - start) * _TOGETHER


def _percent(at: Utc, begin: Utc) -> float:
    return round(max(0.0, min(100.0, 100 * ((at - begin) / SPAN))), 2)


def _words(times: Sequence[tuple[Utc, Utc]], since: Utc | None, zone: Zone) -> str:
    """`since`: when it came for the first time, within the day."""
    if not times and since is not None:
        return _("Connecté depuis %(time)s.", time=clock(since, zone))
    if not times:
        return _("Connecté depuis 24 h.")
    if len(times) > _NAMED:
        return _("%(n)s coupures en 24 h.", n=len(times))
    return _("Coupé %(spans)s.", spans=_spans(times, zone))


def _spans(times: Sequence[tuple[Utc, Utc]], zone: Zone) -> str:
    return ", ".join(
        _("de %(start)s à %(end)s", start=clock(start, zone), end=clock(end, zone))
        for start, end in times
    )


def _together(times: Sequence[tuple[Utc, Utc]], zone: Zone) -> str:
    if not times:
        return ""
    return _("Tous muets %(spans)s : le réseau ou le serveur.", spans=_spans(times, zone))


def _hint(own: int) -> str:
    """Where a network that comes and goes is looked for."""
    if own < OFTEN:
        return ""
    return plural(
        "%(n)s coupure depuis hier : regardez le Wi-Fi ou le câble.",
        "%(n)s coupures depuis hier : regardez le Wi-Fi ou le câble.",
        own,
    )
