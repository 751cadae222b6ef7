"""The page of reports: each chart with its message in words and its table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.statistics.attendance import RoomAttendance
from controller.capabilities.statistics.courses import CourseFigures
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.overview import Machine, Overview, Remark, RemarkKind
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.training.models import CourseSessionKind
from webui.i18n import _, plural
from webui.i18n.dates import day_names, month_name
from webui.icons import machine_icon
from webui.list_filter import Filters, options_by_name
from webui.naming import read_label
from webui.parts import Option
from webui.statistics.charts import Bars, Scale, bars, level, scale
from webui.statistics.formatting import (
    amount_words,
    hours,
    hours_between,
    largest_words,
    number,
    part_words,
    people,
)
from webui.statistics.period_words import (
    PeriodChoice,
    format_period,
    period_choice,
    period_name,
    short_period_name,
)
from webui.statistics.report_filter import FilteredReport
from webui.statistics.shares import ReportData, share_rows
from webui.statistics.site_choice import site_choices
from webui.statistics.totals import Total, arrivals_and_use, funder_summary, partner_shares, totals


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One machine: its bars, and the same in words."""

    id: str
    name: str
    icon: str
    bars: Bars
    title: str
    desc: str
    work: str
    before: str
    powered: str
    down: str


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the week in a room: how full it was, as a shade and as a number."""

    level: int
    text: str
    is_peak: bool = False
    """Whether it is the hour at which most people were in."""


@dataclass(frozen=True, slots=True)
class Heat:
    """A room's week as a heat map."""

    id: str
    name: str
    places: str
    most: str
    """When the room was fullest, in words."""
    hours: tuple[int, ...]
    days: tuple[tuple[str, str, tuple[Cell | None, ...]], ...]
    """Short and whole name of the day, and its hours; None: closed."""


@dataclass(frozen=True, slots=True)
class BarRow:
    """One line of a bar chart."""

    id: str
    name: str
    more: str
    amount: str
    percent: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart with its message."""

    key: str
    title: str
    summary: str
    note: str
    rows: tuple[BarRow, ...]


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course of the period."""

    sessions: str
    name: str
    came: str
    certified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """The report of a period."""

    key: str
    first: str
    last: str
    name: str
    choice: PeriodChoice
    before_name: str
    summary: tuple[str, ...]
    """What is remarkable in the period, in at most three sentences."""
    totals: tuple[Total, ...]
    year: tuple[str, ...]
    """The names of the twelve months of the totals."""
    funded: str
    """What a funder reads first, in a sentence."""
    partner_shares: tuple[float, ...]
    """The hours of the partners in percent of the largest."""
    partners: tuple[Option, ...]
    """The partners for whom a report can be shown."""
    machines: tuple[MachineRow, ...]
    machines_text: str
    filters: Filters | None
    """The filters of machines and rooms; None: all are shown."""
    scale: Scale
    open_words: str
    heats: tuple[Heat, ...]
    heats_said: str
    """Which rooms were fullest, and when, in sentences."""
    more_heats: str
    """How many rooms are not shown, in words; empty for none."""
    charts: tuple[Chart, ...]
    courses: tuple[CourseLine, ...]
    courses_said: str
    """How many of those who came to courses were certified, as a sentence."""
    revenue: Chart | None
    is_empty: bool
    places: tuple[tuple[Option, bool], ...]
    """The sites that can be counted together, each with whether it is; empty: only one site."""
    also: list[str]
    """Ids of the other sites that are counted with this one."""
    share_head: tuple[str, ...]
    shares: tuple[tuple[str, ...], ...]
    """The shares of each of several sites, then the whole."""


def reports_page(
    reported: ReportData, this_month: str, narrowed: FilteredReport | None = None
) -> ReportsPage:
    """Return the page in the current language; all machines, or those that passed the filter."""
    overview, names, money = reported.whole, reported.names, reported.shows_money
    head, shares = share_rows(reported) if len(reported.sites) > 1 else ((), ())
    on = scale(overview.machines, overview.open_s)
    machines = overview.machines if narrowed is None else narrowed.machines
    return ReportsPage(
        key=overview.period.key,
        first=overview.period.first,
        last=overview.period.last,
        name=period_name(overview.period),
        choice=period_choice(overview.period, this_month),
        before_name=short_period_name(overview.before),
        summary=(*arrivals_and_use(overview, this_month), *_outages(overview)),
        totals=tuple(totals(overview, money, this_month)),
        year=tuple(map(month_name, overview.year)),
        funded=funder_summary(overview),
        partner_shares=partner_shares(overview),
        partners=options_by_name(
            {
                key: read_label(label)
                for (figure, key), label in names.items()
                if figure is Figure.PARTNER_TIME
            }
        ),
        machines=tuple(_machine(machine, on, overview) for machine in machines),
        filters=narrowed.filters if narrowed else None,
        machines_text=_machines_text(overview, this_month),
        scale=on,
        open_words=_("%(hours)s open", hours=hours(overview.open_s * 1000)),
        heats=tuple(_heat_map(room) for room in overview.rooms),
        more_heats=narrowed.more_rooms if narrowed else "",
        heats_said=" ".join(_crowded_text(message) for message in overview.crowded),
        charts=tuple(chart for chart in _charts(overview, names) if chart.rows),
        courses=tuple(_course(course) for course in overview.courses),
        courses_said=_courses_text(overview.courses),
        revenue=_revenue(overview, names) if money else None,
        is_empty=overview.is_empty,
        places=site_choices(reported.sites),
        also=[site.id for site in reported.sites[1:]],
        share_head=head,
        shares=shares,
    )


def _machine(machine: Machine, on: Scale, overview: Overview) -> MachineRow:
    work, before = hours(machine.active_s * 1000), hours(machine.before_s * 1000)
    down = hours(machine.down_s * 1000) if machine.down_s else ""
    desc = _(
        "%(before)s %(when)s; power on for %(powered)s",
        before=before,
        when=format_period(overview.before),
        powered=hours(machine.powered_s * 1000),
    )
    return MachineRow(
        id=machine.id,
        name=read_label(machine.name),
        icon=machine_icon(machine.icon),
        bars=bars(machine, on),
        title=_("%(hours)s running", hours=work),
        desc=_("%(desc)s; out of service %(down)s", desc=desc, down=down) if down else desc,
        work=work,
        before=before,
        powered=hours(machine.powered_s * 1000),
        down=down,
    )


def _machines_text(overview: Overview, this_month: str) -> str:
    """Return remarks about the machines, or a sentence that nothing has changed; empty without
    machines.

    A period that is not over is not compared with a whole one that had more.
    """
    if not overview.machines:
        return ""
    if not any(machine.active_s for machine in overview.machines):
        return _("No machine has worked in this period yet.")
    when, is_over = format_period(overview.before), overview.period.last < this_month
    remarks = [it for it in overview.messages if is_over or it.kind is not RemarkKind.LESS]
    texts = [_message_text(remark, when) for remark in remarks]
    unchanged = _("About the same as %(when)s.", when=when) if is_over else ""
    return " ".join(texts) or unchanged


def _outages(overview: Overview) -> Iterable[str]:
    when = format_period(overview.before)
    return (
        _message_text(remark, when)
        for remark in overview.messages
        if remark.kind is RemarkKind.MISSED
    )


def _message_text(message: Remark, when: str) -> str:
    values = {"name": read_label(message.name), "hours": hours(message.seconds * 1000)}
    if message.kind in (RemarkKind.MORE, RemarkKind.LESS):
        values["hours"] = hours_between(message.seconds * 1000, message.before_s * 1000)
    if message.kind is RemarkKind.MORE:
        return _("%(name)s: %(hours)s more than %(when)s.", **values, when=when)
    if message.kind is RemarkKind.LESS:
        return _("%(name)s: %(hours)s less than %(when)s.", **values, when=when)
    return _("%(name)s: out of service for %(hours)s, nights included.", **values)


def _crowded_text(message: Remark) -> str:
    values = {"name": read_label(message.name), "day": day_names()[message.weekday]}
    span = _("from %(hour)s h to %(until)s h", hour=message.hour, until=message.until)
    if message.kind is RemarkKind.FULL:
        return _("%(name)s: almost full on %(day)s %(span)s.", **values, span=span)
    return _("%(name)s: most people on %(day)s %(span)s.", **values, span=span)


def _heat_map(room: RoomAttendance) -> Heat:
    most = max(room.means.values(), default=0)
    days = []
    for weekday, name in sorted(day_names().items()):
        cells = tuple(
            _cell(room.means.get((weekday, hour)), most, (weekday, hour) == room.fullest)
            for hour in room.hours
        )
        if any(cells):
            days.append((f"{name[:3]}.", name, cells))
    return Heat(
        id=room.id,
        name=read_label(room.name),
        places=plural("%(n)s place", "%(n)s places", room.capacity) if room.capacity else "",
        most=_fullest_text(room),
        hours=room.hours,
        days=tuple(days),
    )


def _cell(mean: float | None, most: float, is_peak: bool) -> Cell | None:
    """Return a cell; its shade is relative to the fullest hour of the room."""
    if mean is None:
        return None
    return Cell(level(mean, most), number(round(mean, 1)), is_peak)


def _fullest_text(room: RoomAttendance) -> str:
    if room.fullest is None:
        return ""
    weekday, hour = room.fullest
    return _(
        "Peak: %(day)s %(hour)s h, %(n)s on average",
        day=day_names()[weekday],
        hour=hour,
        n=number(round(room.means[weekday, hour], 1)),
    )


def course_name(course: CourseFigures) -> str:
    """Return the course's name; for a session without a course, the label of its kind."""
    if course.name:
        return read_label(course.name)
    return part_words(Figure.COURSES, course.kind.value, {})


def _course(course: CourseFigures) -> CourseLine:
    numbers = (number(n) if n else "–" for n in (course.came, course.certified))
    return CourseLine(number(course.sessions), course_name(course), *numbers)


def _courses_text(courses: Sequence[CourseFigures]) -> str:
    """Return how many of those who came to courses were certified."""
    taught = [course for course in courses if course.kind is CourseSessionKind.COURSE]
    came = sum(course.came for course in taught)
    if not came:
        return ""
    certified_count = sum(course.certified for course in taught)
    return plural(
        "%(n)s person certified of %(came)s who came to courses.",
        "%(n)s people certified of %(came)s who came to courses.",
        certified_count,
        came=number(came),
    )


def _charts(overview: Overview, names: Names) -> Iterable[Chart]:
    counts = overview.visitors.by_public if overview.visitors.is_distinct else {}
    yield _chart(
        overview,
        names,
        Figure.PUBLIC_TIME,
        _("By public"),
        {key: people(count) for key, count in counts.items()},
    )
    if any(partner for partner, _time in overview.parts(Figure.PARTNER_TIME)):
        yield _chart(overview, names, Figure.PARTNER_TIME, _("By funding partner"), {})


def _revenue(overview: Overview, names: Names) -> Chart | None:
    chart = _chart(overview, names, Figure.REVENUE, _("Statements"), {})
    return chart if chart.rows else None


def _chart(
    overview: Overview, names: Names, figure: Figure, title: str, more: Mapping[str, str]
) -> Chart:
    parts = overview.parts(figure)
    most = max((abs(amount) for _part, amount in parts), default=0)
    rows = [
        BarRow(
            id=f"{figure.value}-{place}",
            name=part_words(figure, part, names),
            more=more.get(part, ""),
            amount=hours(amount) if figure in _TIMES else amount_words(figure, amount),
            percent=round(100 * max(amount, 0) / most, 1) if most else 0,
        )
        for place, (part, amount) in enumerate(parts)
    ]
    return Chart(
        figure.value, title, _chart_text(figure, rows, parts), _note_on_figure(figure), tuple(rows)
    )


_TIMES = (Figure.PUBLIC_TIME, Figure.PARTNER_TIME)


def _chart_text(figure: Figure, rows: Sequence[BarRow], parts: Sequence[tuple[str, int]]) -> str:
    """Return the largest part, and its share of the whole."""
    total = sum(amount for _part, amount in parts)
    if not rows or total <= 0:
        return ""
    share = round(100 * parts[0][1] / total)
    if len(rows) == 1:
        return _("All: %(name)s.", name=rows[0].name)
    if figure is Figure.PARTNER_TIME:
        return _("Most hours: %(name)s, %(amount)s.", name=rows[0].name, amount=rows[0].amount)
    return largest_words(figure, parts[0][0], rows[0].name, share)


def _note_on_figure(figure: Figure) -> str:
    return {
        Figure.PUBLIC_TIME: _("Machine hours. Public as declared, optional."),
        Figure.PARTNER_TIME: _("Machine hours for the projects that each partner funds."),
        Figure.REVENUE: _(
            "Lines of the period’s statements, paid or not, taxes included. A booking counts once "
            "it has begun."
        ),
    }.get(figure, "")
