"""Reports: machines, rooms, publics and courses of a period, each chart with its table and CSV."""

from datetime import date
from decimal import Decimal

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.statistics import overview, overviews
from controller.capabilities.statistics.attendance import ALL_ROOMS, RoomSelection
from controller.capabilities.statistics.periods import Period, parse_period, period_of
from controller.capabilities.statistics.shapes import Figure, Unit, unit_of
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.feature import Pages
from webui.guard import account, site, site_zone
from webui.i18n import _
from webui.i18n.dates import day_names
from webui.list_filter import read
from webui.naming import read_label
from webui.navigation import REPORTS, Nav
from webui.paper import pdf_response
from webui.statistics.formatting import part_words, title_of
from webui.statistics.reading import course_name, reports_page
from webui.statistics.report_filter import ROOMS_AT_ONCE, filter_report
from webui.statistics.shares import ReportData
from webui.statistics.site_choice import chosen_sites, is_allowed_at_each, names_of_parts
from webui.statistics.workbook import Cell, as_csv, euros_cell, hours_cell

_READ = Permission.REPORTS_READ
_FIRST_DAYS = 5
"""Until this day of a month, Reports opens the previous month, since the new one has few figures
yet."""

pages = Pages("reports", __name__)


@pages.get(
    "/reports",
    _READ,
    nav=Nav(
        entry=REPORTS,
        text=REPORTS.text,
        also="reports statistics statistiques chiffres figures usage funder financeur "
        "print imprimer export exporter",
    ),
)
def show() -> ResponseReturnValue:
    """Show the report of the period in the address; by default, of this month, or in
    its first days of the one before."""
    this = this_month()
    list_filter = read(request.args)
    reported = _read_report(
        _period_in_address(this), RoomSelection(list_filter.room, ROOMS_AT_ONCE)
    )
    names = reported.names
    rooms = {room: read_label(name) for (of, room), name in names.items() if of is Figure.PRESENCE}
    also = [place.id for place in reported.sites[1:]]
    filtered = filter_report(reported.whole, list_filter, rooms, also)
    page = reports_page(reported, this, filtered)
    return render_template("reports/reports.html", page=page, this_month=this)


@pages.get("/reports/<period>/months", _READ)
def months(period: str) -> ResponseReturnValue:
    """Show the totals month by month, over the year that ends with the period."""
    reported = _read_report(_period(period), only_totals=True)
    return render_template("reports/months.html", page=reports_page(reported, this_month()))


def this_month() -> str:
    """Return the current month at the site, as `2026-11`."""
    return f"{_today():%Y-%m}"


def _today() -> date:
    return context().clock().astimezone(site_zone()).date()


def _default_period(this: str) -> Period:
    """Return this month; in its first days, the last complete one."""
    month = Period(this, this)
    return month.shifted(-1) if _today().day <= _FIRST_DAYS else month


def _period_in_address(this: str) -> Period:
    first, last = request.args.get("first"), request.args.get("last")
    try:
        if first and last:
            return period_of(first, last)
        key = request.args.get("period")
        return _default_period(this) if key is None else parse_period(key)
    except Invalid:
        abort(404)


def _period(key: str) -> Period:
    try:
        return parse_period(key)
    except Invalid:
        abort(404)


def _read_report(
    period: Period, selection: RoomSelection = ALL_ROOMS, *, only_totals: bool = False
) -> ReportData:
    """Read the report of this site, or of several together."""
    sites, who, now = chosen_sites(), account() or abort(401), context().clock()
    with context().database.read() as db:
        apart = [
            overview.read_overview(
                db,
                place.id,
                period,
                actor=who.actor,
                now=now,
                room_selection=selection,
                only_totals=only_totals,
            )
            for place in sites
        ]
        names = names_of_parts(db, sites)
    whole = overviews.combine(sites, apart) if len(sites) > 1 else apart[0]
    shows_money = is_allowed_at_each(sites, MONEY_READ)
    return ReportData(whole=whole, names=names, sites=sites, apart=apart, shows_money=shows_money)


@pages.get("/reports/<period>/pdf", _READ)
def show_pdf(period: str) -> ResponseReturnValue:
    """Return the report as PDF, with each chart as its table."""
    page = reports_page(_read_report(_period(period)), this_month())
    return pdf_response(
        "reports/reports_paper.html", f"reports-{site().id}-{period}.pdf", page=page
    )


@pages.get("/reports/<period>/machines.csv", _READ)
def machines_csv(period: str) -> ResponseReturnValue:
    """Return the hours of machines as CSV."""
    overview = _read_report(_period(period)).whole
    header: list[Cell] = [
        *(_("Machine"), _("Working hours"), _("Hours in the previous period")),
        *(_("Hours with power on"), _("Hours out of service")),
    ]
    rows = [
        [
            read_label(machine.name),
            *map(
                _hours_of, (machine.active_s, machine.before_s, machine.powered_s, machine.down_s)
            ),
        ]
        for machine in overview.machines
    ]
    return as_csv(f"machines-{site().id}-{period}", [header, *rows])


def _hours_of(seconds: float) -> Cell:
    return hours_cell(seconds * 1000)


@pages.get("/reports/<period>/rooms.csv", _READ)
def rooms_csv(period: str) -> ResponseReturnValue:
    """Return the average number of people in each room as CSV."""
    overview = _read_report(_period(period)).whole
    rows: list[list[Cell]] = [[_("Room"), _("Day"), _("Hour of the day"), _("Average number in")]]
    days = day_names()
    for room in overview.rooms:
        for (weekday, hour), mean in room.means.items():
            rounded = Decimal(mean).quantize(Decimal("0.01"))
            rows.append([read_label(room.name), days[weekday], hour, rounded])
    return as_csv(f"rooms-{site().id}-{period}", rows)


@pages.get("/reports/<period>/courses.csv", _READ)
def courses_csv(period: str) -> ResponseReturnValue:
    """Return as CSV which courses were held, how many people came, and how many were certified."""
    overview = _read_report(_period(period)).whole
    rows: list[list[Cell]] = [[_("Course"), _("Sessions"), _("Came"), _("Certified")]]
    rows += [
        [course_name(course), course.sessions, course.came, course.certified]
        for course in overview.courses
    ]
    return as_csv(f"courses-{site().id}-{period}", rows)


@pages.get("/reports/<period>/<figure>.csv", _READ)
def figure_csv(period: str, figure: str) -> ResponseReturnValue:
    """Return the parts of one figure as CSV."""
    if figure not in [choice.value for choice in Figure]:
        abort(404)
    which, reported = Figure(figure), _read_report(_period(period))
    if which is Figure.REVENUE and not reported.shows_money:
        abort(403)
    header: list[Cell] = [title_of(which), unit_words(which)]
    rows = [
        [part_words(which, part, reported.names), cell_of(which, amount)]
        for part, amount in reported.whole.parts(which)
    ]
    return as_csv(f"{which.value}-{site().id}-{period}", [header, *rows])


def cell_of(figure: Figure, amount: int) -> Cell:
    """Return an amount as a cell."""
    unit = unit_of(figure)
    if unit is Unit.CENTS:
        return euros_cell(amount)
    return hours_cell(amount) if unit is Unit.SECONDS else amount


def unit_words(figure: Figure) -> str:
    """Return the unit of a figure's cells."""
    return {
        Unit.CENTS: _("Euros"),
        Unit.SECONDS: _("Hours"),
        Unit.PEOPLE: _("People"),
        Unit.TIMES: _("Number"),
    }[unit_of(figure)]
