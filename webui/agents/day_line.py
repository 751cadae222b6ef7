"""The last 24 hours of an agent as one line: connected, away, and when all were away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from controller.capabilities.agents.away import Away
from controller.domain.time import Utc
from webui.i18n import _, plural
from webui.i18n.dates import Zone, clock, format_remaining

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
    first: str
    last: str


def lines(
    away: Mapping[str, Sequence[Away]], since: Mapping[str, Utc], now: Utc, zone: Zone
) -> dict[str, DayLine]:
    """One for each agent; `since`: when it was enrolled."""
    begin = Utc.of(now - SPAN)
    cut = {key: [_cut(each, begin, now) for each in times] for key, times in away.items()}
    return {
        key: _line(times, [cut[other] for other in cut if other != key], since[key], now, zone)
        for key, times in cut.items()
        if key in since
    }


def _cut(away: Away, begin: Utc, now: Utc) -> tuple[Utc, Utc]:
    return max(away[0], begin), away[1] or now


def _line(
    times: Sequence[tuple[Utc, Utc]],
    others: Sequence[Sequence[tuple[Utc, Utc]]],
    since: Utc,
    now: Utc,
    zone: Zone,
) -> DayLine:
    begin = Utc.of(now - SPAN)
    marks = tuple(_mark(each, others, begin) for each in times)
    own = sum(each.look != "all" for each in marks)
    return DayLine(
        start=_percent(max(since, begin), begin),
        marks=marks,
        words=_words(times, since if since > begin else None, zone),
        hint=_hint(own),
        first=_("hier %(time)s", time=clock(begin, zone)),
        last=clock(now, zone),
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
    return Mark(x=x, width=width, look="long", text=format_remaining(length.total_seconds()))


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
    spans = (
        _("de %(start)s à %(end)s", start=clock(start, zone), end=clock(end, zone))
        for start, end in times
    )
    return _("Coupé %(spans)s.", spans=", ".join(spans))


def _hint(own: int) -> str:
    """Where a network that comes and goes is looked for."""
    if own < OFTEN:
        return ""
    return plural(
        "%(n)s coupure depuis hier : regardez le Wi-Fi ou le câble.",
        "%(n)s coupures depuis hier : regardez le Wi-Fi ou le câble.",
        own,
    )
