"""The funder report as it goes out: CSV and XLSX; that it did is in the audit."""

from collections.abc import Sequence

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.statistics import annual, naming
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.shapes import Figure, FunderMonth
from controller.kernel import audit
from controller.kernel.actor import Permission
from webui.context import context
from webui.guard import actor, allowed, site
from webui.i18n import _
from webui.naming import read_label
from webui.statistics.annual import asked
from webui.statistics.funder_asked import period_name, read_months
from webui.statistics.funder_pages import FunderPage, read_page
from webui.statistics.funder_sections import amount_of
from webui.statistics.pages import cell_of, pages, unit_words
from webui.statistics.sheets import Cell, as_csv, attached
from webui.statistics.words_of import how, part_words, title_of
from webui.statistics.workbook import Sheet, workbook

_READ = Permission.REPORTS_READ


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported_page() -> FunderPage:
    """The same, to go out."""
    return read_page(found=_exported()[0])


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
    title = _("Rapport d’activité, %(period)s", period=period_name(first, last))
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
    found, given = read_months(), context()
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
            cell_of(each.figure, amount_of(each)),
            unit_words(each.figure),
            root + each.source,
        ]
        for month in found
        for each in month.figures
        if shown or each.figure is not Figure.REVENUE
    ]
