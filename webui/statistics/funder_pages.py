"""The funder report: exact figures of some months, each with how it was counted; CSV and XLSX."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.opendata import beside, publishing
from controller.capabilities.organisations import projects
from controller.capabilities.statistics import annual, naming, partners, volunteering
from controller.capabilities.statistics import funder as reporting
from controller.capabilities.statistics.annual import Question
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.shapes import (
    Counted,
    Figure,
    FunderMonth,
    Given,
    NewPartner,
    NewVolunteerTime,
    Partner,
    TraceLine,
    Unit,
)
from controller.kernel import audit
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.validate import parse
from webui.context import context
from webui.guard import actor, allowed, site
from webui.i18n import _, plural
from webui.naming import read_label
from webui.paging import everything
from webui.parts import Option
from webui.statistics.annual import Asked, asked
from webui.statistics.pages import cell_of, pages, this_month, unit_words
from webui.statistics.sheets import Cell, as_csv, attached
from webui.statistics.words_of import (
    amount_words,
    how,
    month_name,
    number,
    part_words,
    title_of,
    when_words,
)
from webui.statistics.workbook import Sheet, workbook
from webui.undo import done, done_with_undo

_READ = Permission.REPORTS_READ
_DISTINCT = frozenset(
    (
        *(Figure.VISITORS, Figure.PUBLIC_VISITORS, Figure.CERTIFIED),
        *(Figure.GENRE, Figure.TRANCHE_AGE, Figure.STATUT_SOCIAL, Figure.COMMUNE),
    )
)
"""Whoever came in two months is in both: their sum says nothing."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Section:
    """One figure, by part."""

    key: str
    title: str
    rows: tuple[tuple[str, str], ...]
    total: str
    note: str
    source: str
    how: str
    public: str = ""
    """What open data say of it; empty: nothing of this kind."""


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """Who funds, and each project with whether they fund it."""

    id: str
    name: str
    projects: str
    choices: tuple[tuple[Option, bool], ...]


@dataclass(frozen=True, slots=True)
class GivenLine:
    """Time of volunteers."""

    what: str
    when: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderPage:
    """Some months."""

    first: str
    last: str
    name: str
    periods: tuple[Option, ...]
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    partners: tuple[PartnerLine, ...]
    projects: tuple[Option, ...]
    given: tuple[GivenLine, ...]
    year: int
    """Of which the typed answers are."""
    todo: tuple[Asked, ...]
    may_answer: bool
    may_fund: bool
    may_note: bool


@pages.get("/reports/funder", _READ)
def funder() -> ResponseReturnValue:
    """What a funder reads."""
    return render_template("reports/funder.html", page=_page())


@pages.post("/reports/funder/annual", annual.WRITE)
def answer() -> ResponseReturnValue:
    """Keep what was typed for the *dossier annuel* of a year."""
    given, form = context(), request.form
    said = {each: form.get(each.value, "").replace("\r\n", "\n") for each in Question}
    first, last = form.get("first", ""), form.get("last", "")
    try:
        with given.database.write() as db:
            year = int(last[:4])
            annual.answer(db, site().id, year, said, actor=actor(), now=given.clock())
    except Invalid as error:
        wrong = frozenset(each.field or "" for each in error.errors)
        page = replace(_page((first, last)), todo=asked(said, wrong))
        return render_template("reports/funder.html", page=page), 422
    except ValueError:
        abort(404)
    done(_("Enregistré pour le dossier de %(year)s.", year=str(year)))
    return redirect(url_for("reports.funder", first=first, last=last, _anchor="todo"), 303)


def exported_page() -> FunderPage:
    """The same, to go out."""
    return _page(found=_exported()[0])


def _asked() -> tuple[str, str]:
    """The months of the address: `first` and `last`, or `year`; without, this month."""
    if year := request.args.get("year"):
        return f"{year}-01", f"{year}-12"
    first = request.args.get("first") or this_month()
    return first, request.args.get("last") or first


def _read(period: tuple[str, str] | None = None) -> list[FunderMonth]:
    first, last = period or _asked()
    try:
        with context().database.read() as db:
            now = context().clock()
            return reporting.report(db, site().id, first=first, last=last, actor=actor(), now=now)
    except Invalid:
        abort(404)


def _page(
    period: tuple[str, str] | None = None, *, found: list[FunderMonth] | None = None
) -> FunderPage:
    found = found or _read(period)
    year = int(found[-1].month[:4])
    with context().database.read() as db:
        said = annual.answers(db, site().id, year, actor=actor())
        names = naming.names(db, site().id)
        mine = partners.of_site(db, site().id, actor=actor())
        given = volunteering.latest(db, site().id, actor=actor())
        known = everything(lambda cursor: projects.page(db, actor=actor(), cursor=cursor))
    first, last = found[0].month, found[-1].month
    options = tuple(Option(value=each.id, text=read_label(each.name)) for each in known)
    return FunderPage(
        first=first,
        last=last,
        name=_period_name(first, last),
        periods=_periods(),
        lead=tuple(_lead(found)),
        sections=tuple(_beside(_sections(found, names), found)),
        partners=tuple(_partner_line(each, options) for each in mine),
        projects=options,
        given=tuple(_given_line(each) for each in given),
        year=year,
        todo=asked(said),
        may_answer=allowed(annual.WRITE),
        may_fund=allowed(Permission.RULES_WRITE),
        may_note=allowed(Permission.MEMBERS_WRITE),
    )


def _partner_line(each: Partner, options: Sequence[Option]) -> PartnerLine:
    return PartnerLine(
        each.id,
        read_label(each.name),
        plural("%(n)s projet soutenu", "%(n)s projets soutenus", len(each.project_ids)),
        tuple((option, option.value in each.project_ids) for option in options),
    )


def _given_line(each: Given) -> GivenLine:
    said = plural("%(n)s personne", "%(n)s personnes", each.people)
    when = _("%(day)s, %(people)s", day=when_words(each.day.isoformat()), people=said)
    return GivenLine(each.what, when, amount_words(Figure.VOLUNTEERS, each.minutes * 60_000))


def _period_name(first: str, last: str) -> str:
    if first == last:
        return month_name(first)
    if (first[5:], last[5:]) == ("01", "12") and first[:4] == last[:4]:
        return _("année %(year)s", year=first[:4])
    return _("de %(first)s à %(last)s", first=month_name(first), last=month_name(last))


def _periods() -> tuple[Option, ...]:
    """This month, the one before, this year and the last."""
    this = this_month()
    year = int(this[:4])
    last = f"{year - 1}-12" if this.endswith("-01") else f"{year}-{int(this[5:]) - 1:02d}"
    months = [Option(value=f"first={each}", text=month_name(each)) for each in (last, this)]
    years = [
        Option(value=f"year={each}", text=_("année %(year)s", year=each))
        for each in (year - 1, year)
    ]
    return (*months, *years)


def _lead(found: Sequence[FunderMonth]) -> list[str]:
    """What matters, in sentences."""
    if len(found) == 1:
        came = plural(
            "%(n)s personne est venue.", "%(n)s personnes sont venues.", found[0].visitors
        )
    else:
        mean = round(sum(each.visitors for each in found) / _lived(found))
        came = plural(
            "%(n)s personne par mois en moyenne.", "%(n)s personnes par mois en moyenne.", mean
        )
    worked = amount_words(Figure.MACHINE_TIME, round(sum(each.active_s for each in found) * 1000))
    held = sum(each.course_sessions for each in found)
    return [
        came,
        _("Les machines ont travaillé %(hours)s.", hours=worked),
        plural(
            "%(n)s séance a été tenue, %(heads)s participations.",
            "%(n)s séances ont été tenues, %(heads)s participations.",
            held,
            heads=number(sum(each.headcount for each in found)),
        ),
    ]


def _lived(found: Sequence[FunderMonth]) -> int:
    """Months from the first that has a figure to the last."""
    some = [place for place, each in enumerate(found) if each.figures]
    return some[-1] - some[0] + 1 if some else 1


def _sections(found: Sequence[FunderMonth], names: Names) -> list[Section]:
    """Those figures that count something."""
    shown = [each for each in Figure if each is not Figure.REVENUE or allowed(MONEY_READ)]
    sections = (_section(figure, found, names) for figure in shown)
    return [each for each in sections if each.rows]


_PUBLIC = {
    Figure.MACHINE_TIME: beside.HOURS,
    Figure.COURSES: beside.SESSIONS,
    Figure.HEADCOUNT: beside.AT_SESSIONS,
    Figure.CERTIFIED: beside.CERTIFIED,
}


def _beside(sections: list[Section], found: Sequence[FunderMonth]) -> list[Section]:
    """With what the public would read of a month, for who decides whether it is published."""
    if len(found) > 1 or not allowed(publishing.WRITE):
        return sections
    given, month = context(), found[0].month
    days = given.settings.retention.access_days
    with given.database.read() as db:
        told = beside.published(
            db, site().id, month, actor=actor(), now=given.clock(), access_days=days
        )
    names = {each.value: name for each, name in _PUBLIC.items()}
    return [
        replace(each, public=_public(told[names[each.key]])) if each.key in names else each
        for each in sections
    ]


def _public(value: int | None) -> str:
    return _("En données ouvertes : %(n)s", n=_("masqué") if value is None else number(value))


def _section(figure: Figure, found: Sequence[FunderMonth], names: Names) -> Section:
    several = len(found) > 1
    if several and figure in (Figure.VISITORS, Figure.CERTIFIED):
        sums = {each.month: _sum(_of(each, figure)) for each in found}
        rows = tuple((month_name(month), number(n)) for month, n in sums.items() if n)
        return _made(
            figure, rows, "", _("Par mois : qui vient deux mois est dans les deux."), found
        )
    by_part: dict[str, int] = {}
    for each in found:
        for one in _of(each, figure):
            by_part[one.part or ""] = by_part.get(one.part or "", 0) + _amount(one)
    ordered = sorted(by_part.items(), key=lambda pair: (-pair[1], pair[0]))
    if several and figure in _DISTINCT:
        rows = tuple(
            (part_words(figure, part, names), number(round(n / _lived(found), 1)))
            for part, n in ordered
        )
        return _made(figure, rows, "", _("En moyenne par mois."), found)
    rows = tuple((part_words(figure, part, names), amount_words(figure, n)) for part, n in ordered)
    whole = figure is not Figure.PARTNER_TIME and len(rows) > 1
    total = amount_words(figure, sum(by_part.values())) if whole else ""
    return _made(figure, rows, total, "", found)


def _of(month: FunderMonth, figure: Figure) -> list[Counted]:
    return [each for each in month.figures if each.figure is figure]


def _sum(found: Sequence[Counted]) -> int:
    return sum(_amount(each) for each in found)


def _amount(each: Counted) -> int:
    """As it is counted: people, times, cents, milliseconds."""
    return round(each.value * 1000) if each.unit is Unit.SECONDS else int(each.value)


def _made(
    figure: Figure,
    rows: tuple[tuple[str, str], ...],
    total: str,
    note: str,
    found: Sequence[FunderMonth],
) -> Section:
    first, last = found[0].month, found[-1].month
    key = figure.value
    source = (
        url_for("reports.counted", figure=key, month=last)
        if first == last
        else url_for("reports.counted", figure=key, first=first, last=last)
    )
    return Section(figure.value, title_of(figure), rows, total, note, source, how(figure))


@pages.get("/reports/funder/csv", _READ)
def funder_csv() -> ResponseReturnValue:
    """Every figure of every month, with where it comes from."""
    found, names = _exported()
    first, last = found[0].month, found[-1].month
    return as_csv(f"funder-{site().id}-{first}-{last}", [_header(), *_lines(found, names)])


@pages.get("/reports/funder/xlsx", _READ)
def funder_xlsx() -> ResponseReturnValue:
    """The same as a workbook, with what is left to type."""
    found, names = _exported()
    first, last = found[0].month, found[-1].month
    place = read_label(site().name)
    title = _("Rapport d’activité, %(period)s", period=_period_name(first, last))
    with context().database.read() as db:
        said = annual.answers(db, site().id, int(last[:4]), actor=actor())
    typed = [[each.text, each.answer] for each in asked(said)]
    body = workbook(
        title,
        place,
        (
            Sheet(_("Chiffres"), _header(), _lines(found, names)),
            Sheet(_("À compléter"), (_("Question"), _("Réponse")), typed),
            Sheet(
                _("Comment c’est compté"),
                (_("Chiffre"), _("Comment c’est compté")),
                [[title_of(each), how(each)] for each in Figure],
            ),
        ),
    )
    return attached(body, XLSX, f"funder-{site().id}-{first}-{last}.xlsx")


def _exported() -> tuple[list[FunderMonth], Names]:
    """What goes out is exact: that it did is in the audit."""
    found, given = _read(), context()
    with given.database.write() as db:
        names = naming.names(db, site().id)
        told = {"first": found[0].month, "last": found[-1].month}
        subject = f"site:{site().id}"
        now = given.clock()
        audit.record(db, actor(), now, "funder_report_exported", subject, site().id, **told)
    return found, names


def _header() -> list[str]:
    return [*(_("Mois"), _("Chiffre"), _("De quoi"), _("Valeur"), _("Unité"), _("Source"))]


def _lines(found: Sequence[FunderMonth], names: Names) -> list[list[Cell]]:
    root = request.host_url.rstrip("/")
    shown = allowed(MONEY_READ)
    return [
        [
            month.month,
            title_of(each.figure),
            part_words(each.figure, each.part or "", names),
            cell_of(each.figure, _amount(each)),
            unit_words(each.figure),
            root + each.source,
        ]
        for month in found
        for each in month.figures
        if shown or each.figure is not Figure.REVENUE
    ]


@pages.get("/reports/counted/<figure>", _READ)
def counted(figure: str) -> ResponseReturnValue:
    """How a figure was counted, and what it is the sum of: day by day, or month by month."""
    if figure not in [each.value for each in Figure]:
        abort(404)
    which, (first, last) = Figure(figure), _asked_to_trace()
    if which is Figure.REVENUE and not allowed(MONEY_READ):
        abort(403)
    now = context().clock()
    try:
        with context().database.read() as db:
            found = reporting.trace(db, site().id, first, which, last=last, actor=actor(), now=now)
            names = naming.names(db, site().id)
    except Invalid:
        abort(404)
    several = first != last
    summed = which is not Figure.PARTNER_TIME and not (several and which in _DISTINCT)
    return render_template(
        "reports/counted.html",
        title=title_of(which),
        first=first,
        last=last,
        name=_period_name(first, last),
        how=how(which),
        rows=[_traced(each, which, names, several=several) for each in found],
        total=amount_words(which, sum(each.amount for each in found)) if summed else "",
        divided=_divided(first, last) if several and which in _DISTINCT else "",
    )


def _asked_to_trace() -> tuple[str, str]:
    """`month`, or `first` and `last`."""
    month = request.args.get("month")
    return (month, month) if month else _asked()


def _traced(
    each: TraceLine, figure: Figure, names: Names, *, several: bool
) -> tuple[str, str, str, str]:
    """When, with where that month is told day by day; of what; how much."""
    href = url_for("reports.counted", figure=figure.value, month=each.when) if several else ""
    part = part_words(figure, each.part, names)
    return when_words(each.when), href, part, amount_words(figure, each.amount)


def _divided(first: str, last: str) -> str:
    """Of people who may come in several months: what their sum is divided by."""
    return plural(
        "La moyenne divise par %(n)s mois, du premier au dernier où quelque chose est compté.",
        "La moyenne divise par %(n)s mois, du premier au dernier où quelque chose est compté.",
        _lived(_read((first, last))),
    )


@pages.post("/reports/partners", Permission.RULES_WRITE)
def add_partner() -> ResponseReturnValue:
    """Somebody who funds, and which projects."""
    name = request.form.get("name", "").strip()
    asked = {"name": {"fr": name}, "project_ids": request.form.getlist("project_ids")}
    given = context()
    try:
        with given.database.write() as db:
            new = parse({**asked, "site_id": site().id}, NewPartner)
            made = partners.create(db, new, actor=actor(), now=given.clock())
    except Invalid:
        flash(_("Donnez un nom, et des projets de ce lieu."), "wrong")
        return _back()
    done_with_undo(_("%(name)s ajouté.", name=name), "reports.remove_partner", partner=made.id)
    return _back()


@pages.post("/reports/partners/<partner>", Permission.RULES_WRITE)
def fund(partner: str) -> ResponseReturnValue:
    """Which projects a partner funds, all of them."""
    given, chosen = context(), request.form.getlist("project_ids")
    try:
        with given.database.write() as db:
            partners.fund(db, partner, chosen, actor=actor(), now=given.clock())
    except NotFound:
        abort(404)
    except Invalid:
        flash(_("Choisissez des projets de ce lieu."), "wrong")
        return _back()
    done(_("Projets soutenus notés."))
    return _back()


@pages.post("/reports/partners/<partner>/remove", Permission.RULES_WRITE)
def remove_partner(partner: str) -> ResponseReturnValue:
    """Added by mistake."""
    given = context()
    try:
        with given.database.write() as db:
            partners.remove(db, partner, actor=actor(), now=given.clock())
    except NotFound:
        abort(404)
    done(_("Partenaire retiré."))
    return _back()


@pages.post("/reports/volunteers", Permission.MEMBERS_WRITE)
def note_volunteers() -> ResponseReturnValue:
    """Time that people gave."""
    form, given = request.form, context()
    hours = form.get("hours", "").strip().replace(",", ".")
    try:
        asked = {
            "day": form.get("day", ""),
            "people": int(form.get("people", "")),
            "minutes": round(float(hours) * 60),
            "what": form.get("what", "").strip(),
            "site_id": site().id,
        }
        with given.database.write() as db:
            made = volunteering.note(
                db, parse(asked, NewVolunteerTime), actor=actor(), now=given.clock()
            )
    except (Invalid, ValueError, OverflowError):
        flash(_("Donnez un jour, un nombre de personnes, des heures et ce que c’était."), "wrong")
        return _back()
    said = _("Heures bénévoles notées : %(what)s.", what=made.what)
    done_with_undo(said, "reports.unnote_volunteers", time=made.id)
    return _back()


@pages.post("/reports/volunteers/<time>/take-back", Permission.MEMBERS_WRITE)
def unnote_volunteers(time: str) -> ResponseReturnValue:
    """It was a mistake."""
    given = context()
    try:
        with given.database.write() as db:
            volunteering.take_back(db, time, actor=actor(), now=given.clock())
    except NotFound:
        abort(404)
    done(_("Heures retirées."))
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("reports.funder"), 303)
