"""The public page of a site's open data: charts, plain words, files."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from webui.context import context
from webui.feature import Pages
from webui.opendata.api import page_addresses
from webui.opendata.view import data_page

pages = Pages("data", __name__)


@pages.get("/data", None)
def show() -> ResponseReturnValue:
    """Show the open data of the installation's own site, or of the one that `?site=` names."""
    web = context()
    requested_site = request.args.get("site")
    site_id = requested_site or web.settings.site.id
    with web.database.read() as db:
        page = data_page(
            db, site_id, page_addresses(web, site_id), web.clock(), requested_site or ""
        )
    return render_template("data/data.html", page=page)
