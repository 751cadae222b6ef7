"""The chart of each dataset, drawn from the rows that are published."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from webui.i18n import _, pgettext, plural
from webui.i18n.dates import day_names, month_name
from webui.opendata.charts import Bar, Chart, Point, Text, bar_chart, column_chart

# The chart of opening hours: a bar for each day, from opening to closing.

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_RULE = re.compile(r"(\w\w)(?:-(\w\w))? (.+)")
_LEFT, _STEP, _WIDE = 48, 38, 26
"""Where Monday's bar begins, the distance to the next bar, and the width of one, in pixels."""
_TOP, _BOTTOM = 8, 84
"""Where bars begin and end at most, in pixels from the top."""
_LABELS = 106
"""Base line of the names of the days."""

Spans = tuple[tuple[float, float], ...]
"""Spans of opening as hours of the day: start and end."""


@dataclass(frozen=True, slots=True)
class _Scale:
    first: float
    last: float

    def y(self, hour: float) -> float:
        return round(_TOP + (hour - self.first) / (self.last - self.first) * (_BOTTOM - _TOP), 1)


def week_chart(key: str, hours: str) -> Chart | None:
    """Return the chart of hours in OpenStreetMap's format; None if they are empty.

    The format is such as `Mo-Fr 09:00-19:00; Sa 09:00-18:00`.
    """
    days = [spans for _day, spans in sorted(_parse_hours(hours).items())]
    ends = [hour for spans in days for span in spans for hour in span]
    if not ends:
        return None
    scale = _Scale(min(ends), max(ends))
    names = [day_names()[number] for number in range(7)]
    caption = plural("Open %(n)s day a week", "Open %(n)s days a week", sum(map(bool, days)))
    texts = [Text(x=0, y=_TOP + 12, text=_clock(scale.first))]
    texts += [Text(x=0, y=_BOTTOM, text=_clock(scale.last))]
    texts += [
        Text(x=_hour_position(n) + 8, y=_LABELS, text=letter)
        for n, letter in enumerate([name[:1] for name in names])
    ]
    points = tuple(
        Point(
            label=name,
            value=sum(end - start for start, end in spans),
            value_text=_spans_text(spans),
        )
        for name, spans in zip(names, days, strict=True)
    )
    return Chart(
        id=key,
        caption=caption,
        description=", ".join(f"{point.label} {point.value_text}" for point in points),
        bars=tuple(_bars(days, scale)),
        texts=tuple(texts),
        head=(_("Day"), _("Open")),
        points=points,
    )


def _parse_hours(hours: str) -> dict[int, Spans]:
    """Return the spans by weekday, 0 is Monday; days that are not named are closed."""
    spans_by_day: dict[int, Spans] = dict.fromkeys(range(7), ())
    for rule in filter(None, hours.split("; ")):
        match = _RULE.fullmatch(rule)
        if match is None:
            continue
        first, last, spans = match.groups()
        for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
            spans_by_day[day] = tuple(map(_parse_span, spans.split(",")))
    return spans_by_day


def _parse_span(text: str) -> tuple[float, float]:
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
            yield Bar(x=_hour_position(number), y=top, width=_WIDE, height=high, strong=True)


def _hour_position(number: int) -> int:
    return _LEFT + number * _STEP


def _clock(hour: float) -> str:
    minutes = round(hour * 60)
    whole = _("%(n)s h", n=minutes // 60)
    return f"{whole} {minutes % 60:02d}" if minutes % 60 else whole


def _spans_text(spans: Spans) -> str:
    if not spans:
        return _("closed")
    texts = [_("from %(start)s to %(end)s", start=_clock(a), end=_clock(b)) for a, b in spans]
    return ", ".join(texts)


Rows = Sequence[dict[str, Any]]
"""The rows of the last month as objects, with the columns' names."""


def chart_of(dataset: str, rows: Rows) -> Chart | None:
    """Return the dataset's chart; None if there is nothing to draw."""
    draw = _DRAWN.get(dataset)
    return draw(rows) if draw and rows else None


def _occupancy(rows: Rows) -> Chart | None:
    """Return the chart of the fullest weekday of the fullest room, hour by hour."""
    days: defaultdict[tuple[str, int], dict[str, list[int]]]
    days = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["periode"] == "journee":
            middle = (row["taux_min"] + row["taux_max"]) // 2
            days[row["espace_nom"], row["jour_semaine"]][row["heure"][:2]].append(middle)
    if not days:
        return None
    (room, weekday), hours = max(days.items(), key=lambda pair: sum(map(sum, pair[1].values())))
    points = [
        Point(label=f"{int(hour)} h", value=share, value_text=f"{share} %")
        for hour, shares in sorted(hours.items())
        for share in (max(shares),)
    ]
    fullest = max(points, key=lambda point: point.value)
    caption = _(
        "%(room)s on a %(day)s: fullest at %(hour)s",
        room=room,
        day=day_names()[weekday - 1],
        hour=fullest.label,
    )
    head = (_("Hour of the day"), _("Share of places taken"))
    return column_chart("frequentation", caption, head, points, every=4)


def _machines(rows: Rows) -> Chart:
    points = [
        Point(
            label=row["machine_nom"],
            value=row["heures_travail"],
            value_text=f"{row['heures_travail']} h",
        )
        for row in rows
    ]
    caption = _("Hours of work of each machine in %(month)s", month=month_name(rows[0]["mois"]))
    return bar_chart("heures-machines", caption, (_("Machine"), _("Work")), points)


def _courses(rows: Rows) -> Chart | None:
    sessions = [row for row in rows if row["ligne"] == "seance"]
    counts = Counter(row["formation"] or row["theme"] or _("Other") for row in sessions)
    points = [
        Point(label=name, value=count, value_text=f"{count}")
        for name, count in counts.most_common()
    ]
    if not points:
        return None
    came = next((row["venus"] for row in rows if row["ligne"] == "ensemble"), None)
    caption = plural("%(n)s course session", "%(n)s course sessions", len(sessions))
    if came:
        caption += ", " + plural("%(n)s person came", "%(n)s people came", came)
    return bar_chart("formations", caption, (pgettext("course", "Session"), _("Number")), points)


def _indicators(rows: Rows) -> Chart | None:
    hours = [row for row in rows if row["unite_mesure"] == "heure"]
    points = [
        Point(
            label=month_name(row["date"][:7]), value=row["valeur"], value_text=f"{row['valeur']} h"
        )
        for row in hours
    ]
    caption = _("Hours of work of the machines, by month")
    return column_chart("indicateurs", caption, (_("Month"), _("Hours")), points)


def _place(rows: Rows) -> Chart | None:
    return week_chart("lieu", rows[0]["horaires"] or "")


_DRAWN: dict[str, Callable[[Rows], Chart | None]] = {
    "frequentation": _occupancy,
    "heures-machines": _machines,
    "formations": _courses,
    "indicateurs": _indicators,
    "lieu": _place,
}
