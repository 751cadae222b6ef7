"""The funder report as files: CSV, XLSX and PDF; the audit log records each export."""

from collections.abc import Sequence

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.statistics import annual
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.shapes import Figure, FunderFigures
from controller.kernel import audit
from controller.kernel.actor import Permission
from webui.acts import write_action
from webui.context import context
from webui.guard import actor, site
from webui.i18n import _
from webui.naming import read_label
from webui.paper import pdf_response
from webui.statistics.annual import answered_questions
from webui.statistics.funder_asked import FunderData, period_name, read_funder_data
from webui.statistics.funder_pages import FunderPage, read_page
from webui.statistics.funder_sections import amount_of
from webui.statistics.pages import cell_of, pages, unit_words
from webui.statistics.places_asked import names_of_parts
from webui.statistics.words_of import how_counted, part_words, title_of
from webui.statistics.workbook import Cell, Sheet, as_csv, attachment, workbook

_READ = Permission.REPORTS_READ


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Media type of XLSX files."""


def exported_page() -> tuple[FunderPage, str]:
    """Return the report's page for an export, and the name of its file."""
    found = _exported()[0]
    return read_page(found=found), found.key


@pages.get("/reports/funder/csv", _READ)
def funder_csv() -> ResponseReturnValue:
    """Return every figure of every month as CSV, with the address of its source."""
    found, names = _exported()
    return as_csv(found.key, [_header(found), *_lines(found, names)])


@pages.get("/reports/funder/xlsx", _READ)
def funder_xlsx() -> ResponseReturnValue:
    """Return the same figures as a workbook, with the questions to answer by hand."""
    found, names = _exported()
    first, last = found.months[0].month, found.months[-1].month
    place = ", ".join(read_label(place.name) for place in found.sites)
    title = _("Activity report, %(period)s", period=period_name(first, last))
    with context().database.read() as db:
        said = annual.answers(db, site().id, int(last[:4]), actor=actor())
    typed = [[question.text, question.answer] for question in answered_questions(said)]
    body = workbook(
        title,
        place,
        (
            Sheet(_("Figures"), _header(found), _lines(found, names)),
            *([] if found.is_several else [Sheet(_("To complete"), _asks(), typed)]),
            Sheet(
                _("How it is counted"),
                (_("Figure"), _("How it is counted")),
                [[title_of(figure), how_counted(figure)] for figure in Figure],
            ),
        ),
    )
    return attachment(body, XLSX, f"{found.key}.xlsx")


def _asks() -> tuple[str, str]:
    return _("Question"), _("Answer")


def _exported() -> tuple[FunderData, Names]:
    """Read the report for an export, and record that in the audit log of each site."""
    found = read_funder_data()
    with write_action() as (db, now):
        names = names_of_parts(db, found.sites)
        told = {"first": found.months[0].month, "last": found.months[-1].month}
        for place in found.sites:
            subject = f"site:{place.id}"
            audit.record(db, actor(), now, "funder_report_exported", subject, place.id, **told)
    return found, names


def _header(found: FunderData) -> list[str]:
    place = [_("Place")] if found.is_several else []
    return [*place, *(_("Month"), _("Figure"), _("Of what"), _("Value"), _("Unit"), _("Source"))]


def _lines(found: FunderData, names: Names) -> list[list[Cell]]:
    """Return the rows; for several sites, first all together, then each one alone."""
    shown = found.may(MONEY_READ)
    if not found.is_several:
        return _rows([], found.months, names, shown)
    rows = _rows([_("Together")], found.months, names, shown)
    for place in found.sites:
        rows += _rows([read_label(place.name)], found.by_site[place.id], names, shown)
    return rows


def _rows(
    place: list[Cell], months: Sequence[FunderFigures], names: Names, shown: bool
) -> list[list[Cell]]:
    root = request.host_url.rstrip("/")
    return [
        [
            *place,
            month.month,
            title_of(figure.figure),
            part_words(figure.figure, figure.part or "", names),
            cell_of(figure.figure, amount_of(figure)),
            unit_words(figure.figure),
            root + figure.source,
        ]
        for month in months
        for figure in month.figures
        if shown or figure.figure is not Figure.REVENUE
    ]


# The funder report on paper: a tagged PDF, with room for what can't be measured.


@pages.get("/reports/funder/pdf", Permission.REPORTS_READ)
def funder_pdf() -> ResponseReturnValue:
    """Return the figures as PDF, each with how it was counted."""
    page, name = exported_page()
    return pdf_response("reports/funder_paper.html", f"{name}.pdf", page=page)
