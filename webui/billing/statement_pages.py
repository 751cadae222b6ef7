"""One statement as page, tagged PDF and CSV, and all lines of a month as CSV."""

import unicodedata
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import charges, priced_items, statements, tariffs
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.shapes import PayerKind, Statement
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing import csv_files
from webui.billing.formatting import payer_name
from webui.billing.pages import month_in_address, pages
from webui.billing.sheet import StatementContext, read_statement, statement_context, statement_sheet
from webui.billing.views import without_reversals
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, current, pgettext
from webui.naming import read_label
from webui.paging import all_items
from webui.paper import pdf_response


@pages.get("/statements/<month>/<payer>", MONEY_READ)
def statement(month: str, payer: str) -> ResponseReturnValue:
    """Show the statement."""
    loaded = _find(month, payer)
    place = site()
    sheet = statement_sheet(loaded, read_label(place.name), site_zone(), context().clock())
    kind = loaded.statement.payer.kind
    return render_template(
        "money/one.html",
        sheet=sheet,
        month=loaded.statement.month,
        payer=payer,
        is_person=kind is PayerKind.MEMBER,
        is_organisation=kind is PayerKind.ORGANISATION,
        may_write=is_allowed(MONEY_WRITE),
    )


@pages.get("/statements/<month>/<payer>/pdf", MONEY_READ)
def statement_pdf(month: str, payer: str) -> ResponseReturnValue:
    """Return the statement as PDF; with `unnamed` in the address, without the member's name."""
    loaded = _find(month, payer)
    place = site()
    with_names = "unnamed" not in request.args
    return as_pdf(loaded, read_label(place.name), site_zone(), named=with_names)


@pages.get("/statements/<month>/<payer>/csv", MONEY_READ)
def statement_csv(month: str, payer: str) -> ResponseReturnValue:
    """Return the statement's lines as CSV."""
    return as_csv(_find(month, payer))


@pages.get("/statements/<month>/csv", MONEY_READ)
def month_csv(month: str) -> ResponseReturnValue:
    """Return all lines of a month as CSV; before it is closed, the file's name says that it is a
    preview."""
    month = month_in_address(month)
    who, place, web = actor(), site(), context()
    with web.database.write() as db:
        charges.note_export(db, place.id, month, actor=who, now=web.clock())
    with web.database.read() as db:
        items = all_items(lambda cursor: charges.page(db, actor=who, month=month, cursor=cursor))
        sums = statements.sums(db, place.id, month, actor=who, now=web.clock())
        numbers = statements.numbers_by_id(db, place.id, month)
        versions = tariffs.of_site(db, place.id)
        names = priced_items.names(db, place.id, versions)
    payer_names = {total.key: payer_name(total.payer) for total in sums}
    by_id = {version.id: version for version in versions}
    rows = []
    for charge in sorted(without_reversals(items), key=lambda charge: (charge.day, charge.id)):
        key = PayerKey.of(charge)
        number = numbers.get(charge.statement_id or "", _("preview"))
        rows.append(csv_files.cells(charge, number, payer_names.get(key, ""), names, by_id))
    state = "" if numbers else f"-{_('preview')}"
    name = pgettext("name of a file", "statements")
    return csv_files.as_csv(rows, ascii_name(f"{name}-{place.id}-{month}{state}.csv"))


def as_pdf(
    details: StatementContext, place: str, zone: ZoneInfo, *, named: bool = True
) -> Response:
    """Return a statement as tagged PDF."""
    sheet = statement_sheet(details, place, zone, context().clock(), named=named)
    return pdf_response(
        "money/paper.html", file_name(details.statement, "pdf"), place=place, sheet=sheet
    )


def as_csv(details: StatementContext) -> Response:
    """Return a statement's lines as CSV."""
    statement = details.statement
    number, payer = statement.number or _("preview"), payer_name(statement.payer)
    rows = [
        csv_files.cells(charge, number, payer, details.names, details.tariffs)
        for charge in without_reversals(details.charges)
    ]
    return csv_files.as_csv(rows, file_name(statement, "csv"))


def file_name(statement: Statement, ending: str) -> str:
    """Return the name of a statement's file, which contains nobody's name."""
    number = statement.number or f"{statement.month}-{_('preview')}"
    name = pgettext("name of a file", "statement")
    return ascii_name(f"{name}-{statement.site_id}-{number}.{ending}")


def api_file(
    db: Session,
    statement: Statement,
    now: Utc,
    make: Callable[[StatementContext, str, ZoneInfo], Response],
) -> Response:
    """Return a statement as a file, made by `make`, in the language of the API request."""
    row = db.get_one(SiteRow, statement.site_id)
    return make(statement_context(db, statement, now), place_of(row), ZoneInfo(row.time_zone))


def place_of(row: SiteRow) -> str:
    """Return the site's name in the language of the request."""
    return Name(fr=row.name.get("fr"), en=row.name.get("en")).read(current())


def _find(month: str, payer: str) -> StatementContext:
    month, key, web = month_in_address(month), PayerKey.parse(payer), context()
    if key is None:
        abort(404)
    with web.database.read() as db:
        return read_statement(db, site().id, month, key, actor=actor(), now=web.clock())


def ascii_name(name: str) -> str:
    """Return the name of a file without accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
