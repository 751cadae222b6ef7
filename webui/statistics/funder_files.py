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
from webui.context import context
from webui.guard import actor, site
from webui.i18n import _
from webui.naming import read_label
from webui.paper import pdf_response
from webui.statistics.annual import answered_questions
from webui.statistics.formatting import how_counted, part_words, title_of
from webui.statistics.funder_asked import FunderData, period_name, read_funder_data
from webui.statistics.funder_pages import FunderPage, read_page
from webui.statistics.funder_sections import amount_of
from webui.statistics.pages import cell_of, pages, unit_words
from webui.statistics.site_choice import names_of_parts
from webui.statistics.workbook import Cell, Sheet, as_csv, attachment, workbook
from webui.write_actions import write_action

_READ = Permission.REPORTS_READ


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Media type of XLSX files."""


def exported_page() -> tuple[FunderPage, str]:
    """Return the report's page for an export, and the name of its file."""
    data = _read_and_audit()[0]
    return read_page(data=data), data.key


@pages.get("/reports/funder/csv", _READ)
def funder_csv() -> ResponseReturnValue:
    """Return every figure of every month as CSV, with the address of its source."""
    data, names = _read_and_audit()
    return as_csv(data.key, [_header(data), *_lines(data, names)])


@pages.get("/reports/funder/xlsx", _READ)
def funder_xlsx() -> ResponseReturnValue:
    """Return the same figures as a workbook, with the questions to answer by hand."""
    data, names = _read_and_audit()
    first, last = data.months[0].month, data.months[-1].month
    place = ", ".join(read_label(place.name) for place in data.sites)
    title = _("Activity report, %(period)s", period=period_name(first, last))
    with context().database.read() as db:
        answers = annual.answers(db, site().id, int(last[:4]), actor=actor())
    typed = [[question.text, question.answer] for question in answered_questions(answers)]
    body = workbook(
        title,
        place,
        (
            Sheet(_("Figures"), _header(data), _lines(data, names)),
            *([] if data.is_several else [Sheet(_("To complete"), _question_headers(), typed)]),
            Sheet(
                _("How it is counted"),
                (_("Figure"), _("How it is counted")),
                [[title_of(figure), how_counted(figure)] for figure in Figure],
            ),
        ),
    )
    return attachment(body, XLSX, f"{data.key}.xlsx")


def _question_headers() -> tuple[str, str]:
    return _("Question"), _("Answer")


def _read_and_audit() -> tuple[FunderData, Names]:
    """Read the report for an export, and record that in the audit log of each site."""
    data = read_funder_data()
    with write_action() as (db, now):
        names = names_of_parts(db, data.sites)
        period = {"first": data.months[0].month, "last": data.months[-1].month}
        for place in data.sites:
            subject = f"site:{place.id}"
            audit.record(db, actor(), now, "funder_report_exported", subject, place.id, **period)
    return data, names


def _header(data: FunderData) -> list[str]:
    place = [_("Place")] if data.is_several else []
    return [*place, *(_("Month"), _("Figure"), _("Of what"), _("Value"), _("Unit"), _("Source"))]


def _lines(data: FunderData, names: Names) -> list[list[Cell]]:
    """Return the rows; for several sites, first all together, then each one alone."""
    with_money = data.may(MONEY_READ)
    if not data.is_several:
        return _rows([], data.months, names, with_money)
    rows = _rows([_("Together")], data.months, names, with_money)
    for place in data.sites:
        rows += _rows([read_label(place.name)], data.by_site[place.id], names, with_money)
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
