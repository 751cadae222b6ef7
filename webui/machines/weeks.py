"""Twelve weeks of a machine, as bars and in words: hours running, waiting and out of service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.machines.outages import Outage, outages
from controller.capabilities.usage.weeks import PartOfDay, Week, busiest, weekly
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.i18n import _, current, plural
from webui.i18n.dates import day, day_names

WEEKS = 12
"""How many weeks the chart shows."""
HEIGHT, TOP = 178.0, 34.0
"""The chart's base line, and the highest point that a bar reaches, in pixels from the top."""
_LEFT, _STEP = 11.0, 7.4
"""Where the first bar begins, and the distance from one to the next, in percent."""
_LABEL_EVERY = 4
"""Every fourth bar has its label below, except the last ones, where it would not fit."""
_GRID_HOURS = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One week's bar: the position and height of its parts, and their texts."""

    x: float
    label: str
    named: bool
    """Whether the label is drawn below the bar."""
    run_y: float
    run_h: float
    wait_y: float
    wait_h: float
    out_y: float
    out_h: float
    run: str
    wait: str
    out: str


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal grid line, at a number of hours."""

    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeksView:
    """The chart, with the sentences that summarise it."""

    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    summary: tuple[str, ...]
    """Sentences that summarise the chart."""
    has_data: bool


def weeks_view(db: Session, point: str, zone: ZoneInfo, *, actor: Actor, now: Utc) -> WeeksView:
    """Return the chart in the current language. Raises NotFound, Forbidden."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    week_hours = weekly(db, point, mondays)
    since = Utc.midnight(mondays[0], zone)
    outages_since = outages(db, point, since, actor=actor, now=now)
    out = [_outage_hours(outages_since, monday, zone) for monday in mondays]
    labels = [day(Utc.midnight(monday, zone), now, zone) for monday in mondays]
    busiest_times = busiest(db, point, since, zone)
    return draw_weeks(
        week_hours, out, labels, _summary_texts(week_hours, busiest_times, outages_since)
    )


def draw_weeks(
    weeks: Sequence[Week], out: Sequence[float], labels: Sequence[str], summary: tuple[str, ...]
) -> WeeksView:
    """Draw the chart from the hours of use, the hours out of service and the labels of each
    week."""
    highest = max(
        week.running_h + week.waiting_h + out_h for week, out_h in zip(weeks, out, strict=True)
    )
    unit = (HEIGHT - TOP) / max(1.0, highest)
    rows = zip(weeks, out, labels, strict=True)
    return WeeksView(
        bars=tuple(_bar(at, *row, unit) for at, row in enumerate(rows)),
        lines=tuple(_lines(highest, unit)),
        summary=summary,
        has_data=highest > 0,
    )


def _bar(at: int, week: Week, out: float, label: str, unit: float) -> Bar:
    run, wait, closed = week.running_h * unit, week.waiting_h * unit, out * unit
    return Bar(
        x=round(_LEFT + _STEP * at, 2),
        label=label,
        named=at % _LABEL_EVERY == 0 and at + _LABEL_EVERY < WEEKS,
        run_y=round(HEIGHT - run, 1),
        run_h=round(run, 1),
        wait_y=round(HEIGHT - run - wait, 1),
        wait_h=round(wait, 1),
        out_y=round(HEIGHT - run - wait - closed, 1),
        out_h=round(closed, 1),
        run=_hours(week.running_h),
        wait=_hours(week.waiting_h),
        out=_hours(out),
    )


def _lines(highest: float, unit: float) -> list[Line]:
    """Return about three grid lines, at round numbers of hours."""
    step = next((step for step in _GRID_HOURS if step * 4 > highest), _GRID_HOURS[-1])
    count = int(highest / step)
    return [
        Line(round(HEIGHT - step * number * unit, 1), _("%(n)s h", n=step * number))
        for number in range(1, count + 1)
    ]


def _hours(number: float) -> str:
    text = f"{number:.1f}"
    return _("%(n)s h", n=text.replace(".", ",") if current() == "fr" else text)


def _outage_hours(outages_since: Sequence[Outage], monday: date, zone: ZoneInfo) -> float:
    start, end = (Utc.midnight(day, zone) for day in (monday, monday + timedelta(weeks=1)))
    inside = (min(outage.end, end) - max(outage.start, start) for outage in outages_since)
    return sum(max(0.0, duration.total_seconds()) for duration in inside) / 3600


def _since_first(weeks: Sequence[Week]) -> Sequence[Week]:
    """Return the weeks since the machine's first use.

    The current week is left out, since it is not over, unless it is the only one.
    """
    served = [at for at, week in enumerate(weeks) if week.running_h or week.waiting_h]
    return (weeks[served[0] : -1] or weeks[served[0] :]) if served else ()


def _summary_texts(
    weeks: Sequence[Week],
    busiest_times: Sequence[tuple[int, PartOfDay]],
    outages_since: Sequence[Outage],
) -> tuple[str, ...]:
    """Return sentences on a usual week, on the busiest times, and on how often it was out of
    service."""
    since = _since_first(weeks)
    if not since:
        texts = [_("Not used in the last twelve weeks.")]
    else:
        run = round(sum(week.running_h for week in since) / len(since))
        wait = round(sum(week.waiting_h for week in since) / len(since))
        texts = [
            _(
                "Runs %(run)s h a week, and is on without running for %(wait)s h.",
                run=run,
                wait=wait,
            )
        ]
    if busiest_times:
        texts.append(
            _(
                "Mostly on %(when)s.",
                when=_joined_times([_part_of_week(part) for part in busiest_times]),
            )
        )
    if outages_since:
        longest = max(outages_since, key=lambda outage: outage.end - outage.start)
        total = sum((outage.end - outage.start for outage in outages_since), timedelta())
        texts.append(
            plural(
                "Out of service %(n)s time, %(hours)s h: %(why)s.",
                "Out of service %(n)s times, %(hours)s h in total; longest: %(why)s.",
                len(outages_since),
                hours=round(total.total_seconds() / 3600),
                why=longest.reason or _("no reason given"),
            )
        )
    return tuple(texts)


def _joined_times(when: Sequence[str]) -> str:
    first_time, *others = when
    return _("%(one)s and %(other)s", one=first_time, other=others[0]) if others else first_time


def _part_of_week(at: tuple[int, PartOfDay]) -> str:
    weekday, part = at
    name = day_names()[weekday]
    return {
        PartOfDay.MORNING: _("%(day)s morning", day=name),
        PartOfDay.AFTERNOON: _("%(day)s afternoon", day=name),
        PartOfDay.EVENING: _("%(day)s evening", day=name),
    }[part]
