"""Small charts of figures as SVG: vertical or horizontal bars, and the same figures as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

WIDTH, HEIGHT = 320, 112
"""Size of a chart in pixels; a long bar chart is higher."""
_MAX_BAR_STEP = 40
_BASE, _TOP = 84, 24
"""Where vertical bars start, and the highest point that one reaches, in pixels from the top, with
room for its value."""
_LETTER, _MANY = 9, 6
"""Width of a character; and from how many bars on the last one has a label too."""
_LEFT, _ROOM = 124, 130
"""Where horizontal bars start, and the length of the longest."""
_ROW, _THICK = 28, 16
"""Distance between horizontal bars, and the height of one."""
MAX_ROWS = 4
"""How many bars a bar chart shows at most."""
_LONGEST_BESIDE, _LONGEST_LINE = 15, 36
"""Longest label, in characters, beside a bar; and longest line of a label above a bar."""
_LINE = 20
"""Height of a line of a label above a bar."""
_BELOW, _BASELINE = 106, 13
"""Base line of the labels below vertical bars; and of a text beside a bar, from its top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One rectangle of the chart."""

    x: float
    y: float
    width: float
    height: float
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in the chart."""

    x: float
    y: float
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value with its label; `value_text` is the value as text."""

    label: str
    value: float
    value_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart with its caption and the same figures as a table."""

    id: str
    caption: str
    description: str
    """All values as one text, for readers who can't see the chart."""
    bars: tuple[Bar, ...]
    texts: tuple[Text, ...]
    head: tuple[str, str]
    points: tuple[Point, ...]
    height: int = HEIGHT


def column_chart(
    key: str, caption: str, head: tuple[str, str], points: Sequence[Point], every: int = 0
) -> Chart:
    """Return a chart of vertical bars, the highest emphasised.

    Every `every`th has a label below; without `every`, the first and the last. Only the highest has
    its value above.
    """
    most = max((point.value for point in points), default=0) or 1
    step = min(_MAX_BAR_STEP, WIDTH / max(1, len(points)))
    bars, texts = [], []
    for at, point in enumerate(points):
        high = max(2.0, point.value / most * (_BASE - _TOP))
        bars.append(
            Bar(
                x=round(at * step, 1),
                y=round(_BASE - high, 1),
                width=round(step * 0.8, 1),
                height=round(high, 1),
                strong=point.value == most,
            )
        )
    highest = next((at for at, bar in enumerate(bars) if bar.strong), 0)
    last = len(points) - 1 if len(points) >= _MANY else 0
    for at in range(0, len(points), every) if every else {0, last}:
        texts.append(_text_at(bars[at], _BELOW, points[at].label))
    texts.append(_value_above(bars, highest, points[highest].value_text))
    return _chart(key, caption, head, points, bars, texts)


def _text_at(bar: Bar, y: float, text: str, *, strong: bool = False) -> Text:
    """Return a text that begins at a bar, unless it would end outside the chart."""
    return Text(x=min(bar.x, WIDTH - _LETTER * len(text)), y=round(y, 1), text=text, strong=strong)


def _value_above(bars: Sequence[Bar], at: int, value: str) -> Text:
    """Return the value of a bar, centred on it above the highest of the bars below the text."""
    bar, wide = bars[at], _LETTER * len(value)
    left = min(max(0, bar.x + bar.width / 2 - wide / 2), WIDTH - wide)
    text = Text(x=round(left, 1), y=0, text=value, strong=True)
    end = text.x + wide
    top = min(bar.y for bar in bars if bar.x < end and bar.x + bar.width > text.x)
    return replace(text, y=round(top - 6, 1))


def bar_chart(key: str, caption: str, head: tuple[str, str], points: Sequence[Point]) -> Chart:
    """Return a chart of horizontal bars, the longest first.

    Each has its label before or above the bar, and its value after it.
    """
    longest = sorted(points, key=lambda point: -point.value)[:MAX_ROWS]
    return _horizontal_chart(key, caption, head, points, longest)


def ordered_bar_chart(
    key: str, caption: str, head: tuple[str, str], points: Sequence[Point], *, last: int
) -> Chart:
    """Return a chart of horizontal bars in the given order, of the `last` last points."""
    return _horizontal_chart(key, caption, head, points, points[-last:])


def _horizontal_chart(
    key: str, caption: str, head: tuple[str, str], points: Sequence[Point], shown: Sequence[Point]
) -> Chart:
    most = max((point.value for point in shown), default=0) or 1
    draw = (
        _bar_beside_label
        if all(len(point.label) <= _LONGEST_BESIDE for point in shown)
        else _bar_below_label
    )
    bars, texts, y = [], [], 7
    for point in shown:
        bar, words, y = draw(point, point.value / most, y)
        bars.append(bar)
        texts += words
    return _chart(key, caption, head, points, bars, texts, max(_ROW, y - 3))


def _bar_beside_label(point: Point, part: float, y: int) -> tuple[Bar, list[Text], int]:
    """Draw a bar after its short label; also return where the next bar starts."""
    long = max(2.0, part * _ROOM)
    bar = Bar(x=_LEFT, y=y, width=round(long, 1), height=_THICK, strong=True)
    label = Text(x=0, y=y + _BASELINE, text=point.label)
    return bar, [label, _value(point, _LEFT + long, y)], y + _ROW


def _bar_below_label(point: Point, part: float, y: int) -> tuple[Bar, list[Text], int]:
    """Draw a bar below its label, which takes as many lines as it needs."""
    lines = wrap(point.label, _LONGEST_LINE)
    label = [Text(x=0, y=y + _BASELINE + at * _LINE, text=line) for at, line in enumerate(lines)]
    y += len(lines) * _LINE
    long = max(2.0, part * (_LEFT + _ROOM))
    bar = Bar(x=0, y=y, width=round(long, 1), height=_THICK, strong=True)
    return bar, [*label, _value(point, long, y)], y + _ROW


def _value(point: Point, x: float, y: int) -> Text:
    return Text(x=round(x + 6, 1), y=y + _BASELINE, text=point.value_text, strong=True)


def _chart(
    key: str,
    caption: str,
    head: tuple[str, str],
    points: Sequence[Point],
    bars: Sequence[Bar],
    texts: Sequence[Text],
    height: int = HEIGHT,
) -> Chart:
    return Chart(
        id=key,
        caption=caption,
        description=", ".join(f"{point.label} {point.value_text}" for point in points),
        bars=tuple(bars),
        texts=tuple(texts),
        head=head,
        points=tuple(points),
        height=height,
    )
