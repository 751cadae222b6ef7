"""The strip of one day: its hours, and where each booking and its text are drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from textwrap import wrap

from controller.capabilities.bookings.free import Span
from controller.domain.time import Utc
from webui.bookings.views import Event, Fill, Hour, Strip

DEFAULT_HOURS = (8, 20)
"""Hours shown of a place that is open day and night."""
_LABELS = 12
"""At most this many hour labels above the strips."""
_EMPTY, _LANE, _LINE = 3.0, 4.0, 1.5
"""Heights in rem: a strip without bookings, a lane with the three lines of a booking, one line."""
_WIDTH, _LETTER, _PADDING = 48.0, 0.53, 0.8
"""In rem: a strip in a narrow window, a letter, and the space around a text."""
_NAME_LINES = 2


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of a day that its strips show."""

    midnight: Utc
    first: int
    last: int

    def x(self, at: Utc) -> float:
        """Return the place of a time on the strip, in percent."""
        hour = (at - self.midnight).total_seconds() / 3600 - self.first
        return round(100 * min(1.0, max(0.0, hour / (self.last - self.first))), 1)

    def fill(self, look: str, span: Span) -> Fill:
        """Return the part of the strip between two times."""
        x = self.x(span[0])
        width = round(max(0.6, self.x(span[1]) - x), 1)
        return Fill(look=look, x=x, width=width, text_x=x, text_width=width)

    def axis(self) -> tuple[Hour, ...]:
        """Return the hour labels, few enough not to overlap."""
        step = max(1, -(-(self.last - self.first) // _LABELS))
        places = {self.first: "start", self.last: "end"}
        return tuple(
            Hour(
                text=str(hour),
                x=round(100 * (hour - self.first) / (self.last - self.first), 1),
                place=places.get(hour, "middle"),
            )
            for hour in range(self.first, self.last + 1, step)
        )


def is_open_all_day(spans: Sequence[Span]) -> bool:
    """Return whether the place is open all day: 23 hours on the day when clocks go forward."""
    return bool(spans) and sum((b - a).total_seconds() for a, b in spans) >= 23 * 3600


def without_night(spans: Sequence[Span], midnight: Utc, now: Utc) -> Iterator[Span]:
    """Yield a day's opening hours without the rest of the night before it.

    A night that isn't over begins now.
    """
    morning = midnight + timedelta(hours=DEFAULT_HOURS[0])
    for start, end in spans:
        if start <= midnight:
            start = min(now, morning) if start <= now < end else morning
        if start < end:
            yield Utc.of(start), end


def draw(
    hours: DayHours, behind: Sequence[Fill], bookings: Sequence[tuple[Span, Event]], now: Utc | None
) -> Strip:
    """Return the strip of one thing. Bookings that overlap lie in lanes below each other.

    `behind`: what is drawn at the full height, with its text above the bookings.
    """
    lanes = _lanes(hours, bookings)
    top = _LINE if lanes and any(fill.text for fill in behind) else 0.0
    height = top + _LANE * len(lanes) or _EMPTY
    fills = [replace(fill, height=height, text_height=top or height) for fill in behind]
    for n, lane in enumerate(lanes):
        fills += (replace(fill, y=top + _LANE * n, height=_LANE) for fill in _with_texts(lane))
    if now is not None:
        fills.append(replace(hours.fill("now", (now, now)), height=height))
    return Strip(height=height, fills=tuple(fills))


def _lanes(hours: DayHours, bookings: Sequence[tuple[Span, Event]]) -> list[list[Fill]]:
    """Return the bookings in as few lanes as they need; in none do two overlap."""
    lanes: list[list[Fill]] = []
    ends: list[Utc] = []
    for (start, end), event in sorted(bookings, key=lambda booking: booking[0]):
        n = next((n for n, lane_end in enumerate(ends) if lane_end <= start), len(lanes))
        if n == len(lanes):
            lanes.append([])
            ends.append(end)
        ends[n] = end
        fill = hours.fill(event.look, (start, end))
        lanes[n].append(replace(fill, time=event.time, text=event.text, text_height=_LANE))
    return lanes


def _with_texts(lane: Sequence[Fill]) -> Iterator[Fill]:
    """Yield the bookings of a lane, each with its text inside, or beside it if only there is room.

    A text that fits nowhere is cut off in the widest of these places.
    """
    taken = 0.0
    for n, fill in enumerate(lane):
        end = fill.x + fill.width
        following = lane[n + 1].x if n + 1 < len(lane) else 100.0
        line = (max(len(fill.time), len(fill.text)) * _LETTER + _PADDING) / _WIDTH * 100
        after, before = min(line, following - end), min(line, fill.x - taken)
        places = [
            (fill.x, fill.width, ""),
            (end, after, "after"),
            (fill.x - before, before, "before"),
        ]
        fitting = next((place for place in places if _fits(fill, place[1])), None)
        x, width, side = fitting or max(places, key=lambda place: place[1])
        taken = max(end, x + width)
        yield replace(
            fill,
            text_x=round(x, 1),
            text_width=round(width, 1),
            side=side,
            is_cut=max(len(word) for word in (fill.time, *fill.text.split())) > _letters(width),
        )


def _letters(width: float) -> int:
    """Return how many letters fit a line of a width in percent, in a narrow window."""
    return max(0, int((width / 100 * _WIDTH - _PADDING) / _LETTER))


def _fits(fill: Fill, width: float) -> bool:
    """Return whether the time and the text, in two lines, fit a width in percent."""
    letters = _letters(width)
    if letters < max(1, len(fill.time)):
        return False
    lines = wrap(fill.text, letters, break_long_words=False)
    return len(lines) <= _NAME_LINES and all(len(line) <= letters for line in lines)
