"""An organisation's statement through the link in its e-mail, without signing in: page, PDF,
CSV."""

from zoneinfo import ZoneInfo

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import statement_link
from controller.capabilities.places.models import SiteRow
from webui.billing.pages import pages
from webui.billing.sheet import StatementContext, statement_context, statement_sheet
from webui.billing.statement_pages import as_csv, as_pdf, place_of
from webui.context import context


@pages.get("/statement/<statement>/<secret>", None)
def linked_statement(statement: str, secret: str) -> ResponseReturnValue:
    """Show the statement."""
    details, place, zone = _read_statement(statement, secret)
    sheet = statement_sheet(details, place, zone, context().clock())
    return render_template("money/linked.html", sheet=sheet, key=statement, secret=secret)


@pages.get("/statement/<statement>/<secret>/pdf", None)
def linked_pdf(statement: str, secret: str) -> ResponseReturnValue:
    """Return the statement as PDF for printing."""
    return as_pdf(*_read_statement(statement, secret))


@pages.get("/statement/<statement>/<secret>/csv", None)
def linked_csv(statement: str, secret: str) -> Response:
    """Return the statement's lines as CSV."""
    details, _place, _zone = _read_statement(statement, secret)
    return as_csv(details)


def _read_statement(key: str, secret: str) -> tuple[StatementContext, str, ZoneInfo]:
    web = context()
    now = web.clock()
    with web.database.read() as db:
        statement = statement_link.read(db, key, secret, web_secret=web.secret, now=now)
        site = db.get_one(SiteRow, statement.site_id)
        return statement_context(db, statement, now), place_of(site), ZoneInfo(site.time_zone)
