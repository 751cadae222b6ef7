"""The picture of opening hours: a bar for each day, from when to when."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webui.i18n import _, plural
from webui.i18n.dates import day_names
from webui.opendata.charts import Bar, Chart, Point, Text

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_RULE = re.compile(r"(\w\w)(?:-(\w\w))? (.+)")
_LEFT, _STEP, _WIDE = 48, 38, 26
_TOP, _BOTTOM = 8, 84
_LABELS = 106

Spans = tuple[tuple[float, float], ...]
"""From which hour of the day to which."""


@dataclass(frozen=True, slots=True)
class _Scale:
    first: float
    last: float

    def y(self, hour: float) -> float:
        return round(_TOP + (hour - self.first) / (self.last - self.first) * (_BOTTOM - _TOP), 1)


def week(key: str, hours: str) -> Chart | None:
    """Of hours as OpenStreetMap writes them, `Mo-Fr 09:00-19:00; Sa 09:00-18:00`; None: no week."""
    days = [spans for _day, spans in sorted(_read(hours).items())]
    ends = [hour for spans in days for span in spans for hour in span]
    if not ends:
        return None
    scale = _Scale(min(ends), max(ends))
    names = [day_names()[number] for number in range(7)]
    caption = plural("Open %(n)s day a week", "Open %(n)s days a week", sum(map(bool, days)))
    texts = [Text(x=0, y=_TOP + 12, text=_clock(scale.first))]
    texts += [Text(x=0, y=_BOTTOM, text=_clock(scale.last))]
    texts += [
        Text(x=_at(n) + 8, y=_LABELS, text=letter) for n, letter in enumerate(_letters(names))
    ]
    points = tuple(
        Point(label=name, value=sum(end - start for start, end in spans), said=_said(spans))
        for name, spans in zip(names, days, strict=True)
    )
    return Chart(
        id=key,
        caption=caption,
        said=", ".join(f"{point.label} {point.said}" for point in points),
        bars=tuple(_bars(days, scale)),
        texts=tuple(texts),
        head=(_("Day"), _("Open")),
        points=points,
    )


def _read(hours: str) -> dict[int, Spans]:
    """By weekday, 0 is Monday; days that are not named are closed."""
    found: dict[int, Spans] = dict.fromkeys(range(7), ())
    for rule in filter(None, hours.split("; ")):
        match = _RULE.fullmatch(rule)
        if match is None:
            continue
        first, last, spans = match.groups()
        for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
            found[day] = tuple(map(_span, spans.split(",")))
    return found


def _span(text: str) -> tuple[float, float]:
    start, end = (_hour(part) for part in text.split("-"))
    return start, end


def _hour(text: str) -> float:
    hour, minute = text.split(":")
    return int(hour) + int(minute) / 60


def _bars(days: Sequence[Spans], scale: _Scale) -> Iterator[Bar]:
    for number, spans in enumerate(days):
        for start, end in spans:
            top = scale.y(start)
            high = round(scale.y(end) - top, 1)
            yield Bar(x=_at(number), y=top, width=_WIDE, height=high, strong=True)


def _at(number: int) -> int:
    return _LEFT + number * _STEP


def _letters(names: Sequence[str]) -> list[str]:
    return [name[:1] for name in names]


def _clock(hour: float) -> str:
    minutes = round(hour * 60)
    whole = _("%(n)s h", n=minutes // 60)
    return f"{whole} {minutes % 60:02d}" if minutes % 60 else whole


def _said(spans: Spans) -> str:
    if not spans:
        return _("closed")
    said = [_("from %(start)s to %(end)s", start=_clock(a), end=_clock(b)) for a, b in spans]
    return ", ".join(said)
