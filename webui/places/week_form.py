"""A schedule's week as a form: up to `SPANS_PER_DAY` time spans a day, in fields
`d<weekday>-<n>-a` (from) and `-b` (until)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from controller.capabilities.places.shapes import Span, Weekly
from controller.kernel.errors import Invalid
from controller.kernel.validate import parse

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
SPANS_PER_DAY = 4
"""How many spans a day the form has fields for."""
DAY_MIN = 24 * 60
"""Minutes of a day."""
NOON_MIN = 12 * 60


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """The texts in the two fields of a time span."""

    start: str
    end: str


def read(fields: Mapping[str, str]) -> tuple[Weekly, ...]:
    """Return the week in the form. Raises Invalid."""
    spans = []
    for weekday in range(7):
        for window in typed_spans(fields, weekday):
            data = {"weekday": weekday, "start": window.start, "end": window.end}
            spans.append(parse(data, Weekly))
    return tuple(
        sorted(spans, key=lambda weekly_window: (weekly_window.weekday, weekly_window.start))
    )


@dataclass(frozen=True, slots=True)
class UnreadableTime:
    """A field whose text is not a time: its day, the number of its span, and the text."""

    weekday: int
    number: int
    which: str
    """`a` for the start, `b` for the end."""
    typed: str


def unreadable_times(fields: Mapping[str, str]) -> list[UnreadableTime]:
    """Return the fields without a valid time, and empty fields whose span has its other field
    filled."""
    return [
        UnreadableTime(weekday, number, which, typed)
        for weekday in range(7)
        for number, window in enumerate(typed_spans(fields, weekday))
        for which, typed in (("a", window.start), ("b", window.end))
        if not _TIME.fullmatch(typed)
    ]


def typed_spans(fields: Mapping[str, str], weekday: int) -> list[TypedSpan]:
    """Return the spans of a day that have at least one field filled in."""
    every = [
        TypedSpan(*(_text(fields.get(f"d{weekday}-{n}-{which}", "")) for which in "ab"))
        for n in range(SPANS_PER_DAY)
    ]
    return [window for window in every if window.start or window.end]


def _text(typed: str) -> str:
    """Return `9`, `9h30` and `9:00` as `HH:MM`; other text as typed, cut to 8 characters."""
    bare = typed.strip().lower()[:8].replace("h", ":").replace(" ", "")
    if not bare:
        return ""
    hour, _, minute = bare.partition(":")
    time = f"{hour.zfill(2)}:{minute.ljust(2, '0')}"
    return time if _TIME.fullmatch(time) else typed.strip()[:8]


def of_json(text: str) -> tuple[Weekly, ...]:
    """Return the week in a text that `as_json` has made. Raises Invalid."""
    try:
        return msgspec.json.decode(text, type=tuple[Weekly, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Invalid.of("weekly", str(problem)) from problem


def as_json(weekly: Sequence[Weekly]) -> str:
    """Return the week as JSON, for a hidden field."""
    return msgspec.json.encode(tuple(weekly)).decode()


def minutes(span: Weekly | Span) -> tuple[int, int]:
    """Return start and end in minutes since midnight.

    An end not after the start is on the next day.
    """
    start, end = _minutes(span.start), _minutes(span.end)
    return start, end if end > start else end + DAY_MIN


def clock(minute: int) -> str:
    """Return a minute of the day as `HH:MM`; minute 1440 is `00:00`."""
    hour, rest = divmod(minute % DAY_MIN, 60)
    return f"{hour:02d}:{rest:02d}"


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


Stretch = tuple[int, int]
"""Start and end in minutes since midnight."""


def subtract_stretches(stretches: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Return the parts of `stretches` that lie in none of `others`."""
    left = list(stretches)
    for a, b in others:
        pieces = [piece for x, y in left for piece in ((x, min(y, a)), (max(x, b), y))]
        left = [(x, y) for x, y in pieces if x < y]
    return sorted(left)


def join_spans(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans in order, with those that touch or overlap as one."""
    joined: list[Stretch] = []
    for start, end in sorted(map(minutes, spans)):
        if joined and start <= joined[-1][1]:
            start, last = joined.pop()
            end = max(last, end)
        joined.append((start, end))
    return tuple(Span(start=clock(a), end=clock(b)) for a, b in joined)


def split_night(spans: Sequence[Span]) -> tuple[Span | None, tuple[Span, ...]]:
    """Return the span that goes on from the day before, and the others.

    Like `domain.schedule.day_end`, this takes what lasts until noon for the day's own.
    """
    joined = join_spans(spans)
    if joined and minutes(joined[0])[0] == 0 and minutes(joined[0])[1] < NOON_MIN:
        return joined[0], joined[1:]
    return None, joined


def reaches_midnight(spans: Sequence[Span]) -> bool:
    """Return whether the last span ends at midnight."""
    return any(minutes(span)[1] == DAY_MIN for span in spans)


def cut_spans_at(spans: Sequence[Span], at: int) -> tuple[Span, ...]:
    """Return the spans cut off at minute `at`, without those that start then or later."""
    remaining = [(a, min(b, at)) for a, b in map(minutes, spans) if a < at]
    return tuple(Span(start=clock(a), end=clock(b)) for a, b in remaining)


def extend_last_span(spans: Sequence[Span], at: int, now: int) -> tuple[Span, ...]:
    """Return the spans with the last one extended to `at`; on a closed day, a span from `now`."""
    spans_in_minutes = sorted(map(minutes, spans)) or [(now, at)]
    *first, (a, b) = spans_in_minutes
    return tuple(Span(start=clock(x), end=clock(y)) for x, y in (*first, (a, max(b, at))))
