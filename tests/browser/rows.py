"""A feature of one page with a live part in which everything stands that a change could disturb."""

from flask import render_template
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui.feature import Feature, Pages
from webui.guard import is_htmx_request

SHOWN: dict[str, str] = {}
"""The words of each row, in the order in which they stand."""

pages = Pages("rows", __name__)


@pages.get("/rows", Permission.LIVE_READ)
def show() -> ResponseReturnValue:
    """The page; only its rows when htmx asks for them."""
    return render_template("rows/part.html" if is_htmx_request() else "rows/page.html", shown=SHOWN)


ROWS = Feature(name="rows", pages=(pages,))
