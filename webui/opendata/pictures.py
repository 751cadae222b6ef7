"""The picture of each dataset, from the rows that are out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from webui.i18n import _, pgettext, plural
from webui.i18n.dates import day_names
from webui.i18n.months import month_name
from webui.opendata.charts import Chart, Point, bar_chart, column_chart
from webui.opendata.week import week

Rows = Sequence[dict[str, Any]]
"""By the names of the columns, of the last month."""


def picture(dataset: str, rows: Rows) -> Chart | None:
    """Its picture; None where there is nothing to draw."""
    draw = _DRAWN.get(dataset)
    return draw(rows) if draw and rows else None


def _occupancy(rows: Rows) -> Chart | None:
    """The fullest weekday of the fullest room, hour by hour."""
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
        Point(label=f"{int(hour)} h", value=share, said=f"{share} %")
        for hour, found in sorted(hours.items())
        for share in (max(found),)
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
            label=row["machine_nom"], value=row["heures_travail"], said=f"{row['heures_travail']} h"
        )
        for row in rows
    ]
    total = sum(row["heures_travail"] for row in rows)
    caption = _("%(hours)s h of work in %(month)s", hours=total, month=_month(rows))
    return bar_chart("heures-machines", caption, (_("Machine"), _("Work")), points)


def _courses(rows: Rows) -> Chart | None:
    held = [row for row in rows if row["ligne"] == "seance"]
    counted = Counter(row["formation"] or row["theme"] or _("Other") for row in held)
    points = [
        Point(label=name, value=count, said=f"{count}") for name, count in counted.most_common()
    ]
    if not points:
        return None
    came = next((row["venus"] for row in rows if row["ligne"] == "ensemble"), None)
    caption = plural("%(n)s course session", "%(n)s course sessions", len(held))
    if came:
        caption += ", " + plural("%(n)s person came", "%(n)s people came", came)
    return bar_chart("formations", caption, (pgettext("course", "Session"), _("Number")), points)


def _indicators(rows: Rows) -> Chart | None:
    hours = [row for row in rows if row["unite_mesure"] == "heure"]
    points = [
        Point(label=month_name(row["date"][:7]), value=row["valeur"], said=f"{row['valeur']} h")
        for row in hours
    ]
    caption = _("Hours of work of the machines, by month")
    return column_chart("indicateurs", caption, (_("Month"), _("Hours")), points, every=99)


def _place(rows: Rows) -> Chart | None:
    return week("lieu", rows[0]["horaires"] or "")


def _month(rows: Rows) -> str:
    return month_name(rows[0]["mois"])


_DRAWN: dict[str, Callable[[Rows], Chart | None]] = {
    "frequentation": _occupancy,
    "heures-machines": _machines,
    "formations": _courses,
    "indicateurs": _indicators,
    "lieu": _place,
}
